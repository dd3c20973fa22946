import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IModel } from '../../api';
import { Section } from '../../component/Section';
import { formatBytes } from '../../format';
import type { IRunActions } from '../actions';

export interface IModelsProps {
  models: readonly IModel[];
  actions: IRunActions;
  trans: TranslationBundle;
}

/** The run's saved models, each with what can be done with it. */
export function Models({ models, actions, trans }: IModelsProps): JSX.Element | null {
  if (models.length === 0) {
    return null;
  }
  return (
    <Section title={trans.__('Models')} count={models.length}>
      <ul className="nbt-Run-models">
        {models.map(model => (
          <li key={model.id} className="nbt-Run-model">
            <div className="nbt-Run-modelText">
              <div className="nbt-Run-modelName" title={model.path}>
                <button
                  type="button"
                  className="nbt-Link"
                  onClick={() => actions.openModel(model.path)}
                >
                  {model.name}
                </button>
                {model.versions.map(version => (
                  <button
                    key={version}
                    type="button"
                    className="nbt-Link nbt-Run-badge"
                    title={trans.__('Open the registered version')}
                    onClick={() => actions.openVersion(version)}
                  >
                    {version}
                  </button>
                ))}
              </div>
              <div className="nbt-Run-facts">
                <span>{model.flavor}</span>
                <span>{formatBytes(model.sizeBytes)}</span>
                {model.signature ? (
                  <span className="nbt-Run-signature" title={model.signature}>
                    {model.signature}
                  </span>
                ) : (
                  <span>{trans.__('no signature')}</span>
                )}
              </div>
            </div>
            <div className="nbt-Run-modelActions">
              <Action label={trans.__('Serve')} onClick={() => actions.serve(model.path)} />
              <Action label={trans.__('Register')} onClick={() => actions.register(model.path)} />
              <Action
                label={trans.__('Insert code')}
                onClick={() => actions.insertCode(model.path)}
              />
            </div>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Action({ label, onClick }: { label: string; onClick: () => void }): JSX.Element {
  return (
    <button type="button" className="nbt-Button nbt-mod-quiet" onClick={onClick}>
      {label}
    </button>
  );
}

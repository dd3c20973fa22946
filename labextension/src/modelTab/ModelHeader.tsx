import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { formatAge, formatBytes, formatExactTime } from '../format';
import type { IModelActions } from './actions';
import type { ModelTabModel } from './model';

export interface IModelHeaderProps {
  model: ModelTabModel;
  actions: IModelActions;
  nameOfRun: (runId: string) => string;
  /** Now, in milliseconds. */
  now: number;
  trans: TranslationBundle;
}

/** The model's name, what is known of it at a glance, and what can be done with it. */
export function ModelHeader(props: IModelHeaderProps): JSX.Element {
  const { model, actions, trans } = props;
  return (
    <header className="nbt-Model-header">
      <div className="nbt-Model-identity">
        <h2 className="nbt-Model-name">
          <span className="nbt-Model-nameText" title={model.uri}>
            {model.name}
          </span>
          {model.detail?.aliases.map(alias => (
            <span key={alias} className="nbt-Model-badge" title={`models:/${model.name}@${alias}`}>
              {alias}
            </span>
          ))}
        </h2>
        <Facts {...props} />
      </div>
      {model.folder && (
        <div className="nbt-Model-actions" role="toolbar" aria-label={trans.__('Actions')}>
          <Action label={trans.__('Serve')} onClick={() => actions.serve(model.uri)} />
          <Action label={trans.__('Copy code')} onClick={() => actions.copyCode(model.uri)} />
        </div>
      )}
    </header>
  );
}

function Facts({ model, actions, nameOfRun, now, trans }: IModelHeaderProps): JSX.Element {
  const { detail, folder, version } = model;
  const runId = detail?.runId ?? folder?.runId ?? null;
  return (
    <div className="nbt-Model-facts">
      {version && <span>{trans.__('version %1', version.version)}</span>}
      {detail && detail.stage !== 'None' && <span>{detail.stage}</span>}
      {folder && <span>{folder.flavors.map(({ name }) => name).join(', ')}</span>}
      {folder && <span>{formatBytes(folder.sizeBytes)}</span>}
      {runId !== null && (
        <button
          type="button"
          className="nbt-Link"
          title={trans.__('Open the run that made it')}
          onClick={() => actions.openRun(runId)}
        >
          {nameOfRun(runId)}
        </button>
      )}
      {detail && (
        <span title={formatExactTime(detail.createdAt)}>
          {trans.__('registered %1', formatAge(detail.createdAt, now, trans))}
        </span>
      )}
      {detail?.user && <span>{trans.__('by %1', detail.user)}</span>}
    </div>
  );
}

function Action({ label, onClick }: { label: string; onClick: () => void }): JSX.Element {
  return (
    <button type="button" className="nbt-Button" onClick={onClick}>
      {label}
    </button>
  );
}

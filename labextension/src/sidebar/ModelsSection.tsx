import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import type { IModelVersion, IRegisteredModel } from '../api';
import { PanelMessage, useNow } from '../component';
import { formatAge, formatExactTime } from '../format';
import type { IRegisteredModelsModel, IRunsModel } from '../model';
import { VersionDetails } from './VersionDetails';

export interface IModelsSectionProps {
  models: IRegisteredModelsModel;
  runs: IRunsModel;
  trans: TranslationBundle;
  openRun: (runId: string) => void;
}

/** The registered models, each with its versions; a version unfolds all that is known of it. */
export function ModelsSection(props: IModelsSectionProps): JSX.Element {
  const { models, trans } = props;
  const now = useNow();
  if (models.state === 'loading') {
    return <PanelMessage text={trans.__('Loading…')} />;
  }
  if (models.state === 'failed') {
    const text = trans.__('The models cannot be read: %1', models.error?.message ?? '');
    return <PanelMessage isError text={text} />;
  }
  if (models.entries.length === 0) {
    const text = trans.__('No registered models. Register one from a run’s menu, or type:');
    const code = "nbtrack.register_model('runs:/RUN_ID/model', 'name')";
    return <PanelMessage text={text} code={code} />;
  }
  return (
    <ul className="nbt-ModelList">
      {models.entries.map(model => (
        <Model key={model.name} {...props} model={model} now={now} />
      ))}
    </ul>
  );
}

interface IModelProps extends IModelsSectionProps {
  model: IRegisteredModel;
  now: number;
}

function Model(props: IModelProps): JSX.Element {
  const { model, now, trans } = props;
  const newestFirst = [...model.versions].sort((a, b) => b.createdAt - a.createdAt);
  return (
    <li>
      <details>
        <summary className="nbt-ModelList-row" title={model.description || model.name}>
          <span className="nbt-ModelList-name">{model.name}</span>
          <span className="nbt-ModelList-version">
            {newestFirst.length > 0 ? trans.__('v%1', newestFirst[0].version) : ''}
          </span>
          <span className="nbt-ModelList-age" title={formatExactTime(model.updatedAt)}>
            {formatAge(model.updatedAt, now, trans)}
          </span>
        </summary>
        <ul>
          {newestFirst.map(version => (
            <Version key={version.version} {...props} version={version} />
          ))}
        </ul>
      </details>
    </li>
  );
}

function Version(props: IModelProps & { version: IModelVersion }): JSX.Element {
  const { models, model, version, now, trans } = props;
  const isShown = models.isShown(model.name, version.version);
  const name = trans.__('Version %1', version.version);
  return (
    <li>
      <button
        type="button"
        className="nbt-ModelList-row"
        title={version.description || version.source}
        aria-expanded={isShown}
        onClick={() => models.toggle(model.name, version.version)}
      >
        <span className="nbt-ModelList-name">{name}</span>
        {version.aliases.map(alias => (
          <span
            key={alias}
            className="nbt-ModelList-alias"
            title={`models:/${model.name}@${alias}`}
          >
            {alias}
          </span>
        ))}
        <span className="nbt-ModelList-age" title={formatExactTime(version.createdAt)}>
          {formatAge(version.createdAt, now, trans)}
        </span>
      </button>
      {isShown && (
        <VersionDetails
          {...props}
          label={trans.__('%1 of %2', name, model.name)}
          reading={models.detail(model.name, version.version)}
        />
      )}
    </li>
  );
}

import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import type { IModelVersion, IRegisteredModel } from '../api';
import { PanelMessage, useNow } from '../component';
import { formatAge, formatExactTime } from '../format';
import type { IRegisteredModelsModel } from '../model';

export interface IModelsSectionProps {
  models: IRegisteredModelsModel;
  trans: TranslationBundle;
  openRun: (runId: string) => void;
}

/** The registered models, each with its versions; a version opens the run that made it. */
export function ModelsSection({ models, trans, openRun }: IModelsSectionProps): JSX.Element {
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
        <Model key={model.name} model={model} now={now} trans={trans} openRun={openRun} />
      ))}
    </ul>
  );
}

interface IModelProps {
  model: IRegisteredModel;
  now: number;
  trans: TranslationBundle;
  openRun: (runId: string) => void;
}

function Model({ model, now, trans, openRun }: IModelProps): JSX.Element {
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
            <Version key={version.version} {...{ version, now, trans, openRun }} />
          ))}
        </ul>
      </details>
    </li>
  );
}

function Version(props: {
  version: IModelVersion;
  now: number;
  trans: TranslationBundle;
  openRun: (runId: string) => void;
}): JSX.Element {
  const { version, now, trans, openRun } = props;
  const { runId } = version;
  return (
    <li className="nbt-ModelList-row">
      <button
        type="button"
        className="nbt-ModelList-name"
        title={version.source}
        disabled={runId === null}
        onClick={() => runId !== null && openRun(runId)}
      >
        {trans.__('Version %1', version.version)}
      </button>
      <span className="nbt-ModelList-age" title={formatExactTime(version.createdAt)}>
        {formatAge(version.createdAt, now, trans)}
      </span>
    </li>
  );
}

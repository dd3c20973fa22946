import type { TranslationBundle } from '@jupyterlab/translation';
import { caretRightIcon, copyIcon, launchIcon, runIcon } from '@jupyterlab/ui-components';
import React from 'react';
import type { IModelVersion, IRegisteredModel } from '../api';
import { IconButton, PanelMessage, useNow } from '../component';
import { formatAge, formatExactTime } from '../format';
import type { IRegisteredModelsModel, IRunsModel } from '../model';
import { VersionDetails } from './VersionDetails';

export interface IModelsSectionProps {
  models: IRegisteredModelsModel;
  runs: IRunsModel;
  trans: TranslationBundle;
  openRun: (runId: string) => void;
  on: {
    open: (modelUri: string) => void;
    serve: (modelUri: string) => void;
    copyCode: (modelUri: string) => void;
  };
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
    <ul className="nbt-ModelList" onKeyDown={moveByArrows}>
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
          <caretRightIcon.react tag="span" className="nbt-ModelList-caret" />
          <span className="nbt-ModelList-name">{model.name}</span>
          <span className="nbt-ModelList-version">
            {newestFirst.length > 0 ? trans.__('v%1', newestFirst[0].version) : ''}
          </span>
          <span className="nbt-ModelList-age" title={formatExactTime(model.updatedAt)}>
            {formatAge(model.updatedAt, now, trans)}
          </span>
        </summary>
        {newestFirst.length === 0 && <NoVersions {...props} />}
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
    <li className="nbt-ModelList-item">
      <button
        type="button"
        className="nbt-ModelList-row"
        title={version.description || version.source}
        aria-expanded={isShown}
        onClick={() => models.toggle(model.name, version.version)}
      >
        <span className="nbt-ModelList-number">{name}</span>
        <span className="nbt-ModelList-aliases" title={version.aliases.join(', ')}>
          {version.aliases.map(alias => (
            <span key={alias} className="nbt-ModelList-alias">
              {alias}
            </span>
          ))}
        </span>
        <span className="nbt-ModelList-age" title={formatExactTime(version.createdAt)}>
          {formatAge(version.createdAt, now, trans)}
        </span>
      </button>
      <VersionActions {...props} />
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

/** What can be done with a version: seen while the pointer or the focus is on its row. */
function VersionActions(props: IModelProps & { version: IModelVersion }): JSX.Element {
  const { model, on, trans } = props;
  const { version } = props.version;
  const uri = `models:/${model.name}/${version}`;
  return (
    <span className="nbt-ModelList-actions">
      <IconButton
        icon={launchIcon}
        label={trans.__('Open version %1', version)}
        onClick={() => on.open(uri)}
      />
      <IconButton
        icon={runIcon}
        label={trans.__('Serve version %1', version)}
        onClick={() => on.serve(uri)}
      />
      <IconButton
        icon={copyIcon}
        label={trans.__('Copy the code that loads version %1', version)}
        onClick={() => on.copyCode(uri)}
      />
    </span>
  );
}

function NoVersions({ model, trans }: IModelProps): JSX.Element {
  const text = trans.__('No version yet. Register one from a run’s menu, or type:');
  const code = `nbtrack.register_model('runs:/RUN_ID/model', ${JSON.stringify(model.name)})`;
  return <PanelMessage text={text} code={code} />;
}

/** Up and Down move between the rows that are seen; Tab goes on to what a row has. */
function moveByArrows(event: React.KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('.nbt-ModelList-row')].filter(
    row => row.offsetParent !== null
  );
  const at = rows.indexOf(event.target as HTMLElement);
  if (step !== undefined && at >= 0) {
    event.preventDefault();
    rows[at + step]?.focus();
  }
}

import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, copyIcon, fileIcon, stopIcon } from '@jupyterlab/ui-components';
import React from 'react';
import type { DeploymentState, IDeployment } from '../api';
import { IconButton, PanelMessage, useNow } from '../component';
import { formatAge, formatExactTime } from '../format';
import type { IDeploymentsModel, IRunsModel } from '../model';

export interface IDeploymentsSectionProps {
  deployments: IDeploymentsModel;
  runs: IRunsModel;
  trans: TranslationBundle;
  on: {
    openRun: (runId: string) => void;
    copyUrl: (id: string) => void;
    openLog: (id: string) => void;
    stop: (id: string) => void;
    forget: (id: string) => void;
  };
}

/** The models that are served: where, since when, and how to stop them. */
export function DeploymentsSection(props: IDeploymentsSectionProps): JSX.Element {
  const { deployments, trans } = props;
  const now = useNow();
  if (deployments.state === 'loading') {
    return <PanelMessage text={trans.__('Loading…')} />;
  }
  if (deployments.state === 'failed') {
    const text = trans.__('The deployments cannot be read: %1', deployments.error?.message ?? '');
    return <PanelMessage isError text={text} />;
  }
  if (deployments.entries.length === 0) {
    return <PanelMessage text={trans.__('Nothing is served. Choose Serve in a run’s menu.')} />;
  }
  return (
    <ul className="nbt-DeploymentList">
      {deployments.entries.map(deployment => (
        <Row key={deployment.id} {...props} deployment={deployment} now={now} />
      ))}
    </ul>
  );
}

interface IRowProps extends IDeploymentsSectionProps {
  deployment: IDeployment;
  now: number;
}

function Row(props: IRowProps): JSX.Element {
  const { deployment, runs, trans, on, now } = props;
  const { id, runId, state, url } = deployment;
  const run = runId === null ? undefined : runs.run(runId);
  const isOver = state === 'stopped' || state === 'failed';
  return (
    <li className="nbt-DeploymentList-row" data-deployment-id={id}>
      <span
        className="nbt-StatusDot"
        data-status={state}
        role="img"
        aria-label={stateWord(state, trans)}
        title={stateWord(state, trans)}
      />
      <button
        type="button"
        className="nbt-DeploymentList-name"
        title={deployment.modelUri}
        disabled={runId === null}
        onClick={() => runId !== null && on.openRun(runId)}
      >
        {run?.name ?? deployment.modelUri}
      </button>
      <span className="nbt-DeploymentList-actions">
        {url !== null && !isOver && (
          <IconButton
            icon={copyIcon}
            label={trans.__('Copy the address')}
            onClick={() => on.copyUrl(id)}
          />
        )}
        <IconButton
          icon={fileIcon}
          label={trans.__('Show the log')}
          onClick={() => on.openLog(id)}
        />
        {isOver ? (
          <IconButton icon={closeIcon} label={trans.__('Forget')} onClick={() => on.forget(id)} />
        ) : (
          <IconButton icon={stopIcon} label={trans.__('Stop')} onClick={() => on.stop(id)} />
        )}
      </span>
      <span className="nbt-DeploymentList-details" title={deployment.error ?? undefined}>
        {url !== null && !isOver ? (
          <code>{url}</code>
        ) : (
          (deployment.error ?? stateWord(state, trans))
        )}
        <span title={formatExactTime(deployment.startedAt)}>
          {` · ${formatAge(deployment.startedAt, now, trans)}`}
        </span>
      </span>
    </li>
  );
}

function stateWord(state: DeploymentState, trans: TranslationBundle): string {
  switch (state) {
    case 'starting':
      return trans.__('starting');
    case 'running':
      return trans.__('running');
    case 'stopped':
      return trans.__('stopped');
    case 'failed':
      return trans.__('failed');
  }
}

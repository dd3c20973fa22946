import type { TranslationBundle } from '@jupyterlab/translation';
import { ellipsesIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { IRunDetail } from '../api';
import { StatusDot, statusWord } from '../component/StatusDot';
import { formatAge, formatDuration, formatExactTime } from '../format';
import type { IRunActions } from './actions';

export interface IRunHeaderProps {
  detail: IRunDetail;
  previousId: string | null;
  actions: IRunActions;
  /** Now, in milliseconds. */
  now: number;
  trans: TranslationBundle;
}

function Origin({ detail, actions, trans }: IRunHeaderProps): JSX.Element | null {
  const { notebook, cellId, executionCount } = detail.run;
  if (!notebook) {
    return null;
  }
  const name = notebook.slice(notebook.lastIndexOf('/') + 1);
  const count = executionCount === null ? '' : ` [${executionCount}]`;
  return (
    <button
      type="button"
      className="nbt-Link nbt-Run-origin"
      title={trans.__('Go to the cell in %1', notebook)}
      onClick={() => actions.goToCell(notebook, cellId)}
    >
      {name + count}
    </button>
  );
}

function Facts(props: IRunHeaderProps): JSX.Element {
  const { detail, now, trans, actions } = props;
  const { status, startedAt, endedAt, attempt, parentId } = detail.run;
  return (
    <div className="nbt-Run-facts">
      {status === 'FINISHED' ? null : <span>{statusWord(status, trans)}</span>}
      {detail.run.lifecycle === 'deleted' ? <span>{trans.__('Deleted')}</span> : null}
      <span>{detail.experiment.name}</span>
      <span title={formatExactTime(startedAt)}>{formatAge(startedAt, now, trans)}</span>
      <span title={trans.__('Duration')}>
        {formatDuration(Math.max(0, (endedAt ?? now) - startedAt))}
      </span>
      <Origin {...props} />
      {attempt > 1 ? <span>{trans.__('attempt %1', attempt)}</span> : null}
      {parentId ? (
        <button type="button" className="nbt-Link" onClick={() => actions.openRun(parentId)}>
          {trans.__('parent run')}
        </button>
      ) : null}
    </div>
  );
}

/** The run's name and facts, and what can be done with it. */
export function RunHeader(props: IRunHeaderProps): JSX.Element {
  const { detail, previousId, actions, trans } = props;
  const { run, models } = detail;
  const other = previousId ?? run.parentId;
  const compareTitle = previousId
    ? trans.__('Compare with the previous attempt')
    : trans.__('Compare with the parent run');
  const model = models[0];
  return (
    <header className="nbt-Run-header">
      <div className="nbt-Run-identity">
        <h2 className="nbt-Run-name">
          <StatusDot status={run.status} trans={trans} />
          <span className="nbt-Run-nameText" title={run.name}>
            {run.name}
          </span>
        </h2>
        <Facts {...props} />
      </div>
      <div className="nbt-Run-actions" role="toolbar" aria-label={trans.__('Actions')}>
        {model ? (
          <>
            <Action label={trans.__('Evaluate')} onClick={actions.evaluate} />
            <Action label={trans.__('Serve')} onClick={() => actions.serve(model.path)} />
            <Action label={trans.__('Register')} onClick={() => actions.register(model.path)} />
          </>
        ) : null}
        {other ? (
          <Action
            label={trans.__('Compare')}
            title={compareTitle}
            onClick={() => actions.compare([other, run.id])}
          />
        ) : null}
        <button
          type="button"
          className="nbt-Button nbt-mod-quiet"
          aria-label={trans.__('More actions')}
          title={trans.__('More actions')}
          aria-haspopup="menu"
          onClick={event => actions.openMenu(run, event.currentTarget)}
        >
          <ellipsesIcon.react tag="span" />
        </button>
      </div>
    </header>
  );
}

interface IActionProps {
  label: string;
  title?: string;
  onClick: () => void;
}

function Action({ label, title, onClick }: IActionProps): JSX.Element {
  return (
    <button type="button" className="nbt-Button" title={title} onClick={onClick}>
      {label}
    </button>
  );
}

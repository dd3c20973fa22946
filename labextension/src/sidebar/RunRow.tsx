import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretRightIcon, ellipsesIcon, launchIcon } from '@jupyterlab/ui-components';
import { PathExt } from '@jupyterlab/coreutils';
import React from 'react';
import type { IRunRow } from '../api';
import { IconButton, MetricValue, Sparkline, StatusDot } from '../component';
import { evaluateIcon } from './icons';
import { formatAge, formatDuration, formatExactTime, formatNumber, fullNumber } from '../format';
import { usualMetrics, type IRunItem } from '../model';

export interface IRunRowCallbacks {
  open: (id: string) => void;
  evaluate: (id: string) => void;
  serve: (id: string) => void;
  toggleSelected: (id: string) => void;
  selectTo: (id: string) => void;
  activate: (id: string) => void;
  setExpanded: (id: string, isExpanded: boolean) => void;
}

export interface IRunRowProps {
  item: IRunItem;
  columns: readonly string[];
  isActive: boolean;
  isSelected: boolean;
  trail: readonly number[];
  now: number;
  top: number;
  domId: string;
  trans: TranslationBundle;
  on: IRunRowCallbacks;
}

/** Two lines: name and metrics; age, duration and cell, quietly. */
export function RunRow(props: IRunRowProps): JSX.Element {
  const { item, on, trans } = props;
  const { run } = item;
  return (
    <div
      id={props.domId}
      className="nbt-RunList-row"
      role="treeitem"
      aria-level={item.depth + 1}
      aria-posinset={item.position}
      aria-setsize={item.siblings}
      aria-selected={props.isSelected}
      aria-expanded={item.nested > 0 ? item.isExpanded : undefined}
      data-run-id={run.id}
      data-active={props.isActive || undefined}
      style={{ transform: `translateY(${props.top}px)`, paddingLeft: 4 + 14 * item.depth }}
      onClick={event => {
        if (event.shiftKey) {
          on.selectTo(run.id);
        } else if (event.ctrlKey || event.metaKey) {
          on.toggleSelected(run.id);
        } else {
          on.activate(run.id);
          on.open(run.id);
        }
      }}
      onContextMenu={() => on.activate(run.id)}
    >
      <Twisty item={item} on={on} trans={trans} />
      <span
        className="nbt-RunList-mark"
        title={trans.__('Select')}
        onClick={event => {
          event.stopPropagation();
          on.toggleSelected(run.id);
        }}
      >
        <StatusDot status={run.status} trans={trans} />
        <span className="nbt-RunList-check" aria-hidden="true" />
      </span>
      <span className="nbt-RunList-name" title={run.name}>
        {run.name}
      </span>
      <Metrics run={run} columns={props.columns} />
      <span className="nbt-RunList-details">
        <Details item={item} now={props.now} trans={trans} />
      </span>
      <Sparkline values={props.trail} label={trans.__('How it went so far')} />
      <span className="nbt-RunList-actions">
        {run.nModels > 0 && (
          <>
            <IconButton
              icon={evaluateIcon}
              label={trans.__('Evaluate…')}
              tabIndex={-1}
              onClick={() => on.evaluate(run.id)}
            />
            <IconButton
              icon={launchIcon}
              label={trans.__('Serve')}
              tabIndex={-1}
              onClick={() => on.serve(run.id)}
            />
          </>
        )}
        <IconButton
          icon={ellipsesIcon}
          label={trans.__('More')}
          tabIndex={-1}
          onClick={openContextMenu}
        />
      </span>
    </div>
  );
}

function Twisty(props: Pick<IRunRowProps, 'item' | 'on' | 'trans'>): JSX.Element {
  const { item, on } = props;
  const Icon = item.isExpanded ? caretDownIcon : caretRightIcon;
  return (
    <span
      className="nbt-RunList-twisty"
      onClick={event => {
        if (item.nested > 0) {
          event.stopPropagation();
          on.setExpanded(item.run.id, !item.isExpanded);
        }
      }}
    >
      {item.nested > 0 && <Icon.react tag="span" width="12px" height="12px" />}
    </span>
  );
}

/** The chosen columns; a run that has none of them shows what it has, with its name. */
function Metrics(props: { run: IRunRow; columns: readonly string[] }): JSX.Element {
  const { run, columns } = props;
  const [own] = columns.some(key => key in run.metrics) ? [] : usualMetrics([run], 1);
  if (own !== undefined) {
    const value = run.metrics[own];
    return (
      <span className="nbt-RunList-ownMetric" title={`${own} = ${fullNumber(value)}`}>
        <span className="nbt-RunList-ownMetricName">{own}</span>
        <span className="nbt-Number">{formatNumber(value)}</span>
      </span>
    );
  }
  return (
    <span className="nbt-RunList-metrics">
      {columns.map(key => (
        <span key={key} className="nbt-RunList-metric">
          {key in run.metrics && <MetricValue name={key} value={run.metrics[key]} />}
        </span>
      ))}
    </span>
  );
}

function Details(props: { item: IRunItem; now: number; trans: TranslationBundle }): JSX.Element {
  const { item, now, trans } = props;
  const { run } = item;
  const lasted = (run.endedAt ?? now) - run.startedAt;
  const parts = [
    formatDuration(Math.max(0, lasted)),
    ...(item.kind === 'attempt' ? [trans.__('attempt %1', run.attempt)] : []),
    ...(item.kind === 'run' && run.notebook !== null ? [place(run, run.notebook)] : [])
  ];
  return (
    <>
      <span title={formatExactTime(run.startedAt)}>{formatAge(run.startedAt, now, trans)}</span>
      {parts.map(part => ` · ${part}`)}
      {item.nested > 0 && !item.isExpanded && (
        <span className="nbt-RunList-folded"> · {trans.__('+%1', item.nested)}</span>
      )}
    </>
  );
}

function place(run: IRunRow, notebook: string): string {
  const name = PathExt.basename(notebook, '.ipynb');
  return run.executionCount === null ? name : `${name} [${run.executionCount}]`;
}

/** The same menu as a right click has, where the button is. */
function openContextMenu(event: React.MouseEvent<HTMLButtonElement>): void {
  const { left, bottom } = event.currentTarget.getBoundingClientRect();
  const place = { bubbles: true, cancelable: true, clientX: left, clientY: bottom };
  event.currentTarget.dispatchEvent(new MouseEvent('contextmenu', place));
}

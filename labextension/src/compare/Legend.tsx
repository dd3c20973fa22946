import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { IRunRow } from '../api';
import { StatusDot } from '../component/StatusDot';
import { formatAge, formatExactTime } from '../format';
import type { CompareModel } from './model';

export interface ILegendProps {
  model: CompareModel;
  onOpen: (runId: string) => void;
  /** Now, in milliseconds. */
  now: number;
  trans: TranslationBundle;
}

/** The runs that are compared, each in its colour. */
export function Legend({ model, onOpen, now, trans }: ILegendProps): JSX.Element {
  const runs = model.comparison?.runs ?? [];
  return (
    <ul className="nbt-Compare-legend" aria-label={trans.__('Compared runs')}>
      {runs.map(run => (
        <LegendItem key={run.id} run={run} model={model} onOpen={onOpen} now={now} trans={trans} />
      ))}
    </ul>
  );
}

interface ILegendItemProps extends ILegendProps {
  run: IRunRow;
}

function LegendItem({ run, model, onOpen, now, trans }: ILegendItemProps): JSX.Element {
  const isShown = model.isShown(run.id);
  return (
    <li className="nbt-Compare-legendItem" data-hidden={isShown ? undefined : true}>
      <input
        className="nbt-Compare-check"
        type="checkbox"
        checked={isShown}
        aria-label={trans.__('Show %1', run.name)}
        style={{ accentColor: model.style(run.id).color }}
        onChange={event => model.setShown(run.id, event.target.checked)}
      />
      <div className="nbt-Compare-legendText">
        <button
          type="button"
          className="nbt-Compare-name"
          title={trans.__('Open %1', run.name)}
          onClick={() => onOpen(run.id)}
        >
          {run.name}
        </button>
        <div className="nbt-Compare-quiet" title={formatExactTime(run.startedAt)}>
          {run.status === 'FINISHED' ? null : <StatusDot status={run.status} trans={trans} />}
          {formatAge(run.startedAt, now, trans)}
        </div>
      </div>
      <button
        type="button"
        className="nbt-Button nbt-mod-quiet nbt-Compare-remove"
        aria-label={trans.__('Remove %1 from the comparison', run.name)}
        title={trans.__('Remove from the comparison')}
        onClick={() => void model.remove(run.id)}
      >
        <closeIcon.react tag="span" />
      </button>
    </li>
  );
}

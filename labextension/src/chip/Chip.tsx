import type { TranslationBundle } from '@jupyterlab/translation';
import { ellipsesIcon } from '@jupyterlab/ui-components';
import React from 'react';
import type { IRunRow } from '../api';
import { IconButton, StatusDot } from '../component';
import { formatDuration, formatNumber, fullNumber } from '../format';

export interface IChipProps {
  run: IRunRow;
  /** How many more runs the same execution of the cell made. */
  others: number;
  /** Names of the metrics that say most. */
  metrics: readonly string[];
  trans: TranslationBundle;
  open: () => void;
  openMenu: (anchor: Element) => void;
}

/** One quiet line: which run the cell made, what was captured and what that cost. */
export function Chip(props: IChipProps): JSX.Element {
  const { run, others, trans } = props;
  return (
    <>
      <div className="nbt-Chip-line">
        <button
          type="button"
          className="nbt-Chip-open"
          aria-label={trans.__('Open the run %1', run.name)}
          onClick={props.open}
        >
          <StatusDot status={run.status} trans={trans} />
          <span className="nbt-Chip-name">{run.name}</span>
          {props.metrics.map(key => (
            <span key={key} className="nbt-Chip-part" title={fullNumber(run.metrics[key])}>
              {key}{' '}
              <span className="nbt-Chip-value nbt-Number">{formatNumber(run.metrics[key])}</span>
            </span>
          ))}
          {countsOf(run, trans).map(count => (
            <span key={count} className="nbt-Chip-part">
              {count}
            </span>
          ))}
          {run.captureMs !== null && (
            <span className="nbt-Chip-part" title={trans.__('What capturing cost')}>
              {formatDuration(run.captureMs)}
            </span>
          )}
          {others > 0 && (
            <span
              className="nbt-Chip-part"
              title={trans._n('One more run of this cell', '%1 more runs of this cell', others)}
            >
              {trans.__('+%1', others)}
            </span>
          )}
        </button>
        <IconButton
          icon={ellipsesIcon}
          label={trans.__('What to do with the run %1', run.name)}
          onClick={event => props.openMenu(event.currentTarget)}
        />
      </div>
      {run.warning !== null && (
        <div className="nbt-Chip-warning" role="note">
          {run.warning}
        </div>
      )}
    </>
  );
}

function countsOf(run: IRunRow, trans: TranslationBundle): string[] {
  const counts: [number, string][] = [
    [run.nParams, trans._n('%1 param', '%1 params', run.nParams)],
    [run.nModels, trans._n('%1 model', '%1 models', run.nModels)],
    [run.nFigures, trans._n('%1 figure', '%1 figures', run.nFigures)]
  ];
  return counts.filter(([count]) => count > 0).map(([, text]) => text);
}

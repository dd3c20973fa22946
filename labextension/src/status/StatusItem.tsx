import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import type { IRunRow } from '../api';
import { nbtrackIcon, StatusDot } from '../component';
import type { IRunsModel } from '../model';

export interface IStatusItemProps {
  runs: IRunsModel;
  trans: TranslationBundle;
  show: () => void;
  openMenu: (open: readonly IRunRow[], anchor: Element) => void;
}

/** Runs that `start_run()` left open, and otherwise quietly that the store is there. */
export function StatusItem({ runs, trans, show, openMenu }: IStatusItemProps): JSX.Element {
  const open = openRuns(runs);
  if (runs.error !== null) {
    return (
      <button type="button" className="nbt-Status" title={runs.error.message} onClick={show}>
        <nbtrackIcon.react tag="span" width="14px" height="14px" />
        {trans.__('Store not readable')}
      </button>
    );
  }
  if (open.length > 0) {
    return (
      <button
        type="button"
        className="nbt-Status"
        aria-haspopup="menu"
        title={trans.__('Opened by start_run() and not ended yet')}
        onClick={event => openMenu(open, event.currentTarget)}
      >
        <StatusDot status="RUNNING" trans={trans} />
        {open.length === 1 ? open[0].name : trans.__('%1 open runs', open.length)}
      </button>
    );
  }
  return (
    <button
      type="button"
      className="nbt-Status"
      title={trans.__('Show experiments and runs')}
      onClick={show}
    >
      <nbtrackIcon.react tag="span" width="14px" height="14px" />
      {runs.state === 'ready' ? trans._n('%1 run', '%1 runs', runs.runs.length) : ''}
    </button>
  );
}

export function openRuns(runs: IRunsModel): IRunRow[] {
  return runs.runs.filter(run => run.isManual && run.status === 'RUNNING');
}

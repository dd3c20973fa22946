import type { IRunRow } from '../api';
import { usualMetrics, type IRunsModel } from '../model';

const METRICS = 2;

export interface ICellRuns {
  run: IRunRow;
  /** More runs of the same execution. */
  others: number;
  metrics: readonly string[];
}

/** What a chip shows of a cell; null when it has made no run. */
export function runsOfCell(runs: IRunsModel, cellId: string, notebook: string): ICellRuns | null {
  const ofCell = runs
    .runsOfCell(cellId)
    .filter(run => run.notebook === null || run.notebook === notebook);
  const ids = new Set(ofCell.map(run => run.id));
  // The candidates of a search stand behind their parent, here as in the list.
  const topmost = ofCell.filter(run => run.parentId === null || !ids.has(run.parentId));
  const [run] = topmost;
  if (run === undefined) {
    return null;
  }
  const ofExecution = topmost.filter(
    other => other.attempt === run.attempt && other.executionCount === run.executionCount
  );
  return { run, others: ofExecution.length - 1, metrics: usualMetrics([run], METRICS) };
}

import type { IComparedRow, IComparison, JsonNumber } from '../api';
import { bestIndices } from './direction';

export type Cell = string | JsonNumber | null;

/** One param or metric of all shown runs. */
export interface ITableRow<T extends Cell = Cell> {
  key: string;
  values: readonly T[];
  /** The shown runs don't agree. */
  differs: boolean;
  /** Columns with the best value; empty for params. */
  best: readonly number[];
}

/** Rows that differ, and those that are the same everywhere and needn't be looked at. */
export interface IFoldedRows<T extends Cell = Cell> {
  differing: ITableRow<T>[];
  equal: ITableRow<T>[];
}

export interface ICompareTable {
  params: IFoldedRows<string | null>;
  metrics: IFoldedRows<JsonNumber | null>;
}

function fold<T extends Cell>(
  rows: readonly IComparedRow<T>[],
  columns: readonly number[],
  bestOf: (key: string, values: readonly T[]) => readonly number[]
): IFoldedRows<T> {
  const folded: IFoldedRows<T> = { differing: [], equal: [] };
  for (const { key, values: all } of rows) {
    const values = columns.map(i => all[i]);
    if (values.every(value => value === null) && columns.length > 0) {
      continue;
    }
    // Of one run alone nothing differs, but it is still to be read.
    const differs = columns.length < 2 || values.some(value => value !== values[0]);
    const row = { key, values, differs, best: bestOf(key, values) };
    (differs ? folded.differing : folded.equal).push(row);
  }
  return folded;
}

/**
 * The comparison of the runs that are shown: what differs among all needn't differ among them. Rows
 * stay in the server's order.
 */
export function compareTable(
  comparison: IComparison,
  isShown: (runId: string) => boolean
): ICompareTable {
  const columns = comparison.runs.flatMap((run, i) => (isShown(run.id) ? [i] : []));
  return {
    params: fold(comparison.params, columns, () => []),
    metrics: fold(comparison.metrics, columns, bestIndices)
  };
}

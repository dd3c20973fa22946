import type { IComparison, JsonNumber } from '../../api';
import { bestIndices, isLowerBetter } from '../../compare/direction';
import { byImportance } from '../../compare/importance';

/** A search's candidates, best first. */
export interface ISearchTable {
  /** Params in which candidates differ. */
  params: string[];
  /** The score first, then a few more. */
  metrics: string[];
  rows: ISearchRow[];
}

export interface ISearchRow {
  runId: string;
  name: string;
  params: (string | null)[];
  metrics: (JsonNumber | null)[];
  isBest: boolean;
}

const MAX_METRICS = 3;

export function searchTable({ runs, params, metrics }: IComparison): ISearchTable {
  const differing = params.filter(row => row.differs);
  const keys = metrics.map(row => row.key).sort(byImportance);
  // The first is the one that candidates are judged by.
  const chosen = keys.slice(0, MAX_METRICS);
  const columns = chosen.map(key => metrics.find(row => row.key === key)?.values ?? []);
  const score = columns[0] ?? [];
  const best = new Set(chosen.length > 0 ? bestIndices(chosen[0], score) : []);
  const rows = runs.map((run, i) => ({
    runId: run.id,
    name: run.name,
    params: differing.map(row => row.values[i]),
    metrics: columns.map(values => values[i] ?? null),
    isBest: best.has(i)
  }));
  const sign = chosen.length > 0 && isLowerBetter(chosen[0]) ? 1 : -1;
  const rank = (value: JsonNumber | null) => (value === null ? NaN : Number(value));
  rows.sort((a, b) => {
    const [x, y] = [rank(a.metrics[0] ?? null), rank(b.metrics[0] ?? null)];
    // A candidate that has no score yet, or failed, comes last.
    return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || sign * (x - y) || 0;
  });
  return { params: differing.map(row => row.key), metrics: chosen, rows };
}

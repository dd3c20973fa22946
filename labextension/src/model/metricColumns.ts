import type { IRunRow } from '../api';

/** What a held-out score is usually called: the number that people choose a model by. */
const HELD_OUT = /(^|[^a-z])(test|val|valid|validation|eval|best|cv)([^a-z]|$)/i;
/** Says little: most models are perfect on what they learned from. */
const TRAINING = /^train(ing)?_/i;
/** Stands beside a result. */
const BESIDE = /_time$|^(std|rank)_|_count$/i;
/** Measured of the machine: it says nothing of a run's result. */
const SYSTEM = /^system\//;
const SAMPLE = 200;
/** What a second metric of a run is worth, where the first that tells of a run is worth 1. */
const ANOTHER = 0.2;

/** All metrics of the runs, by name. */
export function metricKeys(runs: readonly IRunRow[]): string[] {
  const keys = new Set<string>();
  for (const run of runs) {
    for (const key of Object.keys(run.metrics)) {
      keys.add(key);
    }
  }
  return [...keys].sort((a, b) => a.localeCompare(b));
}

/** The metrics that tell most of the latest runs, so that few rows stay empty; as `metric_columns` in Python. */
export function usualMetrics(newestFirst: readonly IRunRow[], count: number): string[] {
  const rows = newestFirst
    .slice(0, SAMPLE)
    .map(run => Object.keys(run.metrics).filter(key => !SYSTEM.test(key)));
  const worth = new Map(rows.flat().map(key => [key, weightOf(key)]));
  const chosen: string[] = [];
  while (chosen.length < Math.min(count, worth.size)) {
    const gains = new Map<string, number>();
    for (const row of rows) {
      const factor = row.some(key => chosen.includes(key)) ? ANOTHER : 1;
      for (const key of row) {
        gains.set(key, (gains.get(key) ?? 0) + factor * (worth.get(key) ?? 0));
      }
    }
    chosen.forEach(key => gains.delete(key));
    const [best] = [...gains].sort(([a, gainA], [b, gainB]) => gainB - gainA || (a < b ? -1 : 1));
    chosen.push(best[0]);
  }
  return chosen;
}

function weightOf(key: string): number {
  if (BESIDE.test(key)) {
    return 0.1;
  }
  if (TRAINING.test(key)) {
    return 0.3;
  }
  return HELD_OUT.test(key) ? 3 : 1;
}

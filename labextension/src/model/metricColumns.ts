import type { IRunRow } from '../api';

/** What a held-out score is usually called: the number that people choose a model by. */
const HELD_OUT = /(^|[^a-z])(test|val|valid|validation|eval|best|cv|mean_test)([^a-z]|$)/i;
/** Says little: most models are perfect on what they learned from. */
const TRAINING = /^train(ing)?_/i;
/** Measured of the machine: it says nothing of a run's result. */
const SYSTEM = /^system\//;
const SAMPLE = 200;

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

/** The metrics that most of the latest runs have, held-out scores first. */
export function usualMetrics(newestFirst: readonly IRunRow[], count: number): string[] {
  const weights = new Map<string, number>();
  for (const run of newestFirst.slice(0, SAMPLE)) {
    for (const key of Object.keys(run.metrics).filter(name => !SYSTEM.test(name))) {
      weights.set(key, (weights.get(key) ?? 0) + weightOf(key));
    }
  }
  return [...weights]
    .sort(([a, weightA], [b, weightB]) => weightB - weightA || a.localeCompare(b))
    .slice(0, count)
    .map(([key]) => key);
}

function weightOf(key: string): number {
  if (TRAINING.test(key)) {
    return 0.3;
  }
  return HELD_OUT.test(key) ? 3 : 1;
}

import type { IRunRow } from '../api';

/** A run that has every word in its name, id, status, notebook, tags or metric names. */
export function runFilter(text: string): (run: IRunRow) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    return () => true;
  }
  return run => {
    const haystack = describe(run);
    return words.every(word => haystack.includes(word));
  };
}

function describe(run: IRunRow): string {
  const tags = Object.entries(run.tags).map(([key, value]) => `${key}=${value}`);
  const parts = [run.name, run.id, run.status, run.notebook ?? '', ...tags];
  return [...parts, ...Object.keys(run.metrics)].join('\n').toLowerCase();
}

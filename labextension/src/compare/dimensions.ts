import type { IComparison } from '../api';
import { byImportance } from './importance';

/** A param or a metric as an axis; values in the order of the runs. */
export interface IDimension {
  id: string;
  label: string;
  kind: 'param' | 'metric';
  isNumeric: boolean;
  differs: boolean;
  /** Numbers when numeric, else text; null where a run has none, or none that can be drawn. */
  values: (number | string | null)[];
}

function toNumber(value: string | number): number {
  return typeof value === 'number' || value.trim() !== '' ? Number(value) : NaN;
}

function dimension(
  kind: IDimension['kind'],
  key: string,
  raw: readonly (string | number | null)[],
  differs: boolean
): IDimension {
  const numbers = raw.map(value => (value === null ? null : toNumber(value)));
  // A metric is a number even where it is NaN; a param is, when all its values are.
  const isNumeric =
    kind === 'metric' || numbers.every(number => number === null || Number.isFinite(number));
  const values = isNumeric
    ? numbers.map(number => (number !== null && Number.isFinite(number) ? number : null))
    : raw.map(value => (value === null ? null : String(value)));
  return { id: `${kind}:${key}`, label: key, kind, isNumeric, differs, values };
}

/**
 * What runs can be placed by: params and metrics, those in which they differ first, metrics in order of
 * importance.
 */
export function dimensions(comparison: IComparison): IDimension[] {
  const all = [
    ...comparison.params.map(row => dimension('param', row.key, row.values, row.differs)),
    ...[...comparison.metrics]
      .sort((a, b) => byImportance(a.key, b.key))
      .map(row => dimension('metric', row.key, row.values, row.differs))
  ];
  return [...all.filter(({ differs }) => differs), ...all.filter(({ differs }) => !differs)];
}

const DEFAULT_PARAMS = 6;
const DEFAULT_METRICS = 3;

/** Axes to begin with: params at the left, metrics at the right, no more than fit a page. */
export function defaultAxes(all: readonly IDimension[]): string[] {
  const pick = (kind: IDimension['kind'], count: number) =>
    all.filter(each => each.kind === kind && each.differs).slice(0, count);
  const chosen = [...pick('param', DEFAULT_PARAMS), ...pick('metric', DEFAULT_METRICS)];
  return chosen.map(each => each.id);
}

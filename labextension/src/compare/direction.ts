import type { JsonNumber } from '../api';
import { isSideMetric } from './importance';

/** Words in the names of metrics of which less is better. */
const LOWER_IS_BETTER =
  /(^|_)(loss|error|err|mse|rmse|mae|mape|msle|rmsle|brier|deviance|perplexity|rank|time|latency)(_|\d|$)|logloss/;

/** Words of the metrics that have such a word and are scores all the same. */
const NEGATED = /(^|_)neg_/;

/** Whether of this metric, as far as its name tells, less is better. */
export function isLowerBetter(key: string): boolean {
  const name = key.toLowerCase();
  return LOWER_IS_BETTER.test(name) && !NEGATED.test(name);
}

/** Which runs have the best value of a metric; none when it says nothing about them. */
export function bestIndices(key: string, values: readonly (JsonNumber | null)[]): number[] {
  const numbers = values.map(value => (value === null ? NaN : Number(value)));
  const known = numbers.filter(value => !Number.isNaN(value));
  const isJudged = isLowerBetter(key) || !isSideMetric(key);
  if (!isJudged || known.length < 2 || known.every(value => value === known[0])) {
    return [];
  }
  const best = isLowerBetter(key) ? Math.min(...known) : Math.max(...known);
  return numbers.flatMap((value, i) => (value === best ? [i] : []));
}

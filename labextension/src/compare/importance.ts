/** Metrics that say how training went, not how good its result is. */
const SIDE_METRIC =
  /^system\/|(^|_)(std|rank|time|split\d+|fold\d+|lr|learning_rate|norm|epoch|support|count|n|size|ms|seconds|bytes)(_|\d|$)/;

/** Metrics that results are judged by. */
const SCORE = /(^|_)(test|val|eval|validation|score)(_|$)/;

export function isSideMetric(key: string): boolean {
  return SIDE_METRIC.test(key.toLowerCase());
}

function weight(key: string): number {
  if (isSideMetric(key)) {
    return 3;
  }
  if (key === 'mean_test_score') {
    return 0;
  }
  return SCORE.test(key) ? 1 : 2;
}

/** Order for the names of metrics: those that tell most come first. */
export function byImportance(a: string, b: string): number {
  return weight(a) - weight(b);
}

import type { IModel, IRunDetail } from '../api';

export type ModelType = 'classifier' | 'regressor';

const CLASSIFIER = /classif|logistic|svc|naivebayes|nb$|perceptron/i;
const REGRESSOR = /regress|ridge|lasso|svr|elasticnet/i;
const CLASSIFIER_METRIC = /accuracy|f1|precision|recall|auc|log_loss/i;
const TARGET_NAME = /^(target|label|labels|class|y|outcome)$/i;

/** By the model's name, else by what was measured of it. */
export function guessModelType(model: IModel, detail: IRunDetail): ModelType {
  if (CLASSIFIER.test(model.name)) {
    return 'classifier';
  }
  if (REGRESSOR.test(model.name)) {
    return 'regressor';
  }
  const isClassifier = detail.metrics.some(metric => CLASSIFIER_METRIC.test(metric.key));
  return isClassifier || detail.metrics.length === 0 ? 'classifier' : 'regressor';
}

/** The column that the model was not fitted on, else one that is called like a target. */
export function guessTarget(columns: readonly string[], detail: IRunDetail): string {
  const fittedOn = fittedColumns(detail);
  const others = columns.filter(column => !fittedOn.has(column));
  if (others.length === 1) {
    return others[0];
  }
  const candidates = others.length > 0 ? others : columns;
  const named = candidates.find(column => TARGET_NAME.test(column));
  return named ?? candidates[candidates.length - 1] ?? '';
}

/** Whether the columns hold everything that the model was fitted on and something to score. */
export function isEvaluable(columns: readonly string[], detail: IRunDetail): boolean {
  const fittedOn = fittedColumns(detail);
  const known = new Set(columns);
  return known.size > fittedOn.size && [...fittedOn].every(column => known.has(column));
}

function fittedColumns(detail: IRunDetail): Set<string> {
  return new Set(detail.inputs.flatMap(input => input.schema.map(column => column.name)));
}

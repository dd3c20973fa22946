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

/**
 * The column that the model was fitted to, or else not fitted on, or else called like a target. Of a
 * file the columns are not known.
 */
export function guessTarget(columns: readonly string[], detail: IRunDetail): string {
  const fittedTo = inputColumns(detail, true);
  const fittedOn = inputColumns(detail, false);
  const [answer] = [...fittedTo].filter(
    column => !fittedOn.has(column) && (columns.length === 0 || columns.includes(column))
  );
  if (answer !== undefined) {
    return answer;
  }
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
  const fittedOn = inputColumns(detail, false);
  const known = new Set(columns);
  return known.size > fittedOn.size && [...fittedOn].every(column => known.has(column));
}

/** The columns of the data that the run used: of its answers, which are one-dimensional, or of the rest. */
function inputColumns(detail: IRunDetail, areAnswers: boolean): Set<string> {
  const chosen = detail.inputs.filter(input => (input.shape.length === 1) === areAnswers);
  return new Set(chosen.flatMap(input => input.schema.map(column => column.name)));
}

import type { IModel, IRunDetail } from '../src/api';
import { guessModelType, guessTarget, isEvaluable } from '../src/evaluate/guess';
import { fromPythonRepr, toPythonLiteral } from '../src/evaluate/pythonText';
import { experiment, runRow } from './fakes/rows';

const model = (name: string): IModel => ({
  id: 'm',
  path: 'model',
  name,
  flavor: 'sklearn',
  sizeBytes: 1,
  signature: null,
  versions: []
});

const detail = (columns: string[], metrics: string[] = []): IRunDetail => ({
  run: runRow('a'),
  experiment: experiment('0'),
  params: [],
  metrics: metrics.map(key => ({
    key,
    last: 1,
    lastStep: 0,
    first: 1,
    min: 1,
    max: 1,
    count: 1,
    bestStep: 0
  })),
  inputs: [
    {
      name: 'X',
      digest: '0',
      context: 'training',
      shape: [10, columns.length],
      schema: columns.map(name => ({ name, type: 'double' }))
    }
  ],
  models: [],
  cells: [],
  environment: null,
  children: []
});

test.each([
  [`'[]'`, '[]'],
  [`'[{"name": "df"}]'`, '[{"name": "df"}]'],
  [`'{"a": "it\\'s"}'`, `{"a": "it's"}`],
  [`'"a\\\\"b"'`, `"a\\"b"`],
  [`'"\\\\u00e9\\\\n"'`, '"\\u00e9\\n"']
])('Python shows %p for %p', (repr, text) => {
  expect(fromPythonRepr(repr)).toBe(text);
});

test('text becomes a literal that cannot end early', () => {
  expect(toPythonLiteral('a"); import os; ("')).toBe('"a\\"); import os; (\\""');
  expect(toPythonLiteral(null)).toBe('None');
});

test.each([
  ['RandomForestClassifier', [], 'classifier'],
  ['Ridge', [], 'regressor'],
  ['Pipeline', ['training_accuracy'], 'classifier'],
  ['Pipeline', ['rmse'], 'regressor']
])('%s with %p is a %s', (name, metrics, expected) => {
  expect(guessModelType(model(name), detail([], metrics))).toBe(expected);
});

test.each([
  [['alcohol', 'ash', 'kind'], ['alcohol', 'ash'], 'kind'],
  [['alcohol', 'target', 'note'], ['alcohol'], 'target'],
  [['a', 'b', 'c'], [], 'c'],
  [[], [], '']
])('of %p, fitted on %p, the target is %p', (columns, fittedOn, expected) => {
  expect(guessTarget(columns, detail(fittedOn))).toBe(expected);
});

test('a frame with the answers that the model was fitted to is what it is evaluated on', () => {
  const fitted = detail(['a', 'b']);
  const answers = {
    name: 'y',
    digest: '1',
    context: 'training',
    shape: [10],
    schema: [{ name: 'quality', type: 'long' }]
  };
  const known = { ...fitted, inputs: [...fitted.inputs, answers] };
  expect(isEvaluable(['a', 'b'], known)).toBe(false);
  expect(isEvaluable(['a', 'b', 'quality', 'note'], known)).toBe(true);
  expect(guessTarget(['a', 'b', 'quality', 'note'], known)).toBe('quality');
  expect(guessTarget([], known)).toBe('quality');
});

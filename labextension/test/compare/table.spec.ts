import type { IComparison, IRunRow } from '../../src/api';
import { bestIndices, isLowerBetter } from '../../src/compare/direction';
import { compareTable } from '../../src/compare/table';

const runs = ['a', 'b', 'c'].map(id => ({ id, name: id }) as IRunRow);

const comparison: IComparison = {
  runs,
  params: [
    { key: 'depth', values: ['2', '2', '8'], differs: true },
    { key: 'seed', values: ['0', '0', '0'], differs: false }
  ],
  metrics: [
    { key: 'test_f1', values: [0.9, 0.8, null], differs: true },
    { key: 'val_loss', values: [0.3, 0.1, 0.2], differs: true }
  ]
};

describe('compareTable', () => {
  it('puts differences first and folds what is equal', () => {
    const { params } = compareTable(comparison, () => true);
    expect(params.differing.map(row => row.key)).toEqual(['depth']);
    expect(params.equal.map(row => row.key)).toEqual(['seed']);
  });

  it('compares only the runs that are shown', () => {
    const { params } = compareTable(comparison, id => id !== 'c');
    expect(params.differing).toEqual([]);
    expect(params.equal.map(row => row.key)).toEqual(['depth', 'seed']);
  });

  it('leaves out rows that no shown run has', () => {
    const { metrics } = compareTable(comparison, id => id === 'c');
    expect(metrics.differing.map(row => row.key)).toEqual(['val_loss']);
  });

  it('marks the smallest loss and the largest score', () => {
    const { metrics } = compareTable(comparison, () => true);
    expect(metrics.differing.map(row => row.best)).toEqual([[0], [1]]);
  });
});

describe('bestIndices', () => {
  it('ignores NaN and missing values', () => {
    expect(bestIndices('accuracy', ['NaN', 0.5, null, 0.7])).toEqual([3]);
  });

  it('marks all that share the best value', () => {
    expect(bestIndices('accuracy', [0.7, 0.5, 0.7])).toEqual([0, 2]);
  });

  it('marks none when all are equal, alone, or not to be judged', () => {
    expect(bestIndices('accuracy', [0.7, 0.7])).toEqual([]);
    expect(bestIndices('accuracy', [0.7, null])).toEqual([]);
    expect(bestIndices('learning_rate', [0.1, 0.01])).toEqual([]);
  });

  it('knows an infinite loss to be the worst', () => {
    expect(bestIndices('loss', ['Infinity', 2])).toEqual([1]);
  });
});

test.each([
  ['val_loss', true],
  ['rmse', true],
  ['test_mae_2', true],
  ['log_loss', true],
  ['neg_log_loss', false],
  ['accuracy', false],
  ['lossless_ratio', false]
])('less of %s is better: %s', (key, expected) => {
  expect(isLowerBetter(key)).toBe(expected);
});

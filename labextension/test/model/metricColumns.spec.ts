import { byImportance } from '../../src/compare/importance';
import { usualMetrics } from '../../src/model';
import { runRow } from '../fakes/rows';

const metrics = { 'system/cpu_utilization_percentage': 50, training_f1: 1, test_f1: 0.9 };

test('what was measured of the machine is not shown of a run', () => {
  expect(usualMetrics([runRow('a', { metrics })], 3)).toEqual(['test_f1', 'training_f1']);
});

test('few rows stay empty', () => {
  const candidate = { mean_fit_time: 1, rank_test_score: 1, mean_test_score: 0.9, test_score: 0.9 };
  const runs = [candidate, candidate, candidate, { test_f1: 0.9 }].map((values, index) =>
    runRow(String(index), { metrics: values })
  );
  expect(usualMetrics(runs, 2)).toEqual(['mean_test_score', 'test_f1']);
  expect(usualMetrics([runRow('a')], 2)).toEqual([]);
});

test('it comes last where all metrics are', () => {
  expect(Object.keys(metrics).sort(byImportance)).toEqual([
    'test_f1',
    'training_f1',
    'system/cpu_utilization_percentage'
  ]);
});

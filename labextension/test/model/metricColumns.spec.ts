import { byImportance } from '../../src/compare/importance';
import { usualMetrics } from '../../src/model';
import { runRow } from '../fakes/rows';

const metrics = { 'system/cpu_utilization_percentage': 50, training_f1: 1, test_f1: 0.9 };

test('what was measured of the machine is not shown of a run', () => {
  expect(usualMetrics([runRow('a', { metrics })], 3)).toEqual(['test_f1', 'training_f1']);
});

test('it comes last where all metrics are', () => {
  expect(Object.keys(metrics).sort(byImportance)).toEqual([
    'test_f1',
    'training_f1',
    'system/cpu_utilization_percentage'
  ]);
});

import { nullTranslator } from '@jupyterlab/translation';
import type { JsonNumber } from '../src/api';
import { formatAge, formatBytes, formatDuration, formatNumber, fullNumber } from '../src/format';

const trans = nullTranslator.load('nbtrack');
const NOW = Date.UTC(2026, 10, 23, 12);

test.each<[JsonNumber, string]>([
  [0, '0'],
  [-0, '0'],
  [1, '1'],
  [-3, '−3'],
  [0.94, '0.94'],
  [0.941176470588, '0.9412'],
  [0.99999, '1'],
  [-0.5, '−0.5'],
  [123.456, '123.5'],
  [1234.56, '1235'],
  [9999.6, '1e4'],
  [12345.678, '1.235e4'],
  [12345, '12345'],
  [999999, '999999'],
  [1234567, '1.235e6'],
  [0.000123456, '0.0001235'],
  [0.0000123456, '1.235e−5'],
  [1e-300, '1e−300'],
  [1.7976931348623157e308, '1.798e308'],
  ['NaN', 'NaN'],
  ['Infinity', '∞'],
  ['-Infinity', '−∞']
])('the number %p is shown as %p', (value, shown) => {
  expect(formatNumber(value)).toBe(shown);
});

test('the full number has every digit', () => {
  expect(fullNumber(0.1 + 0.2)).toBe('0.30000000000000004');
  expect(fullNumber('-Infinity')).toBe('-Infinity');
});

test.each([
  [0, '0 ms'],
  [0.42, '0.4 ms'],
  [12, '12 ms'],
  [12.7, '13 ms'],
  [1234, '1.2 s'],
  [59_900, '59.9 s'],
  [59_990, '1 min'],
  [184_000, '3 min 4 s'],
  [3_599_900, '1 h'],
  [7_500_000, '2 h 5 min'],
  [273_600_000, '3 d 4 h']
])('%p ms last %p', (ms, shown) => {
  expect(formatDuration(ms)).toBe(shown);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [15_360, '15.4 kB'],
  [999_700, '1 MB'],
  [1_234_567_890, '1.23 GB']
])('%p bytes are %p', (bytes, shown) => {
  expect(formatBytes(bytes)).toBe(shown);
});

test.each([
  [-5000, 'just now'],
  [3_000, 'just now'],
  [42_000, '42 s ago'],
  [200_000, '3 min ago'],
  [2 * 3_600_000, '2 h ago'],
  [50 * 3_600_000, '2 d ago']
])('%p ms back is %p', (age, shown) => {
  expect(formatAge(NOW - age, NOW, trans)).toBe(shown);
});

test('what is older than a month has its date', () => {
  expect(formatAge(NOW - 90 * 86_400_000, NOW, trans)).toContain('2026');
});

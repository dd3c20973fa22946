import { previewKind, type PreviewKind } from '../../src/run/artifacts/kind';

test.each<[string, string | null, number | null, PreviewKind]>([
  ['figures/roc.png', 'image/png', 9000, 'image'],
  ['report.html', 'text/html', 900, 'html'],
  ['report.json', 'application/json', 900, 'json'],
  ['table.csv', 'text/csv', 900, 'table'],
  ['table.tsv', 'text/tab-separated-values', 900, 'table'],
  ['model/MLmodel', null, 900, 'text'],
  ['model/conda.yaml', null, 900, 'text'],
  ['train.py', 'text/x-python', 900, 'text'],
  ['model.skops', null, 900, 'none'],
  ['.hidden', null, 900, 'none'],
  ['big.csv', 'text/csv', 3_000_000, 'large'],
  ['big.skops', null, 3_000_000, 'none'],
  ['notes.txt', 'text/plain', null, 'text']
])('%s of type %s and size %s is shown as %s', (path, mimeType, sizeBytes, expected) => {
  expect(previewKind({ path, mimeType, sizeBytes, isFolder: false })).toBe(expected);
});

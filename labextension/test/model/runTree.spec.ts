import type { IRunRow } from '../../src/api';
import { arrangeRuns } from '../../src/model/runTree';
import { runRow } from '../fakes/rows';

const NONE = new Set<string>();
const draw = (runs: IRunRow[], expanded: ReadonlySet<string> = NONE): string[] =>
  arrangeRuns(runs, expanded).map(
    item => `${'  '.repeat(item.depth)}${item.run.id}${item.nested > 0 ? ` +${item.nested}` : ''}`
  );

const attempts = [3, 2, 1].map(attempt => runRow(`a${attempt}`, { groupId: 'g', attempt }));

test('earlier attempts of a cell fold under the latest', () => {
  expect(draw([runRow('x'), ...attempts])).toEqual(['x', 'a3 +2']);
});

test('what is unfolded shows the earlier attempts, newest first', () => {
  expect(draw(attempts, new Set(['a3']))).toEqual(['a3 +2', '  a2', '  a1']);
});

test('several runs of one execution of a cell stand side by side', () => {
  const fits = ['f2', 'f1'].map(id => runRow(id, { groupId: 'g', attempt: 2 }));
  expect(draw([...fits, runRow('f0', { groupId: 'g', attempt: 1 })])).toEqual(['f2 +1', 'f1']);
});

test('children of a search fold under their parent', () => {
  const children = ['c1', 'c2'].map(id => runRow(id, { parentId: 'p' }));
  expect(draw([...children, runRow('p')], new Set(['p']))).toEqual(['p +2', '  c1', '  c2']);
});

test('a child whose parent is not shown stands on its own', () => {
  expect(draw([runRow('c', { parentId: 'p' })])).toEqual(['c']);
});

test('the children of an earlier attempt stay with it', () => {
  const search = [
    runRow('s2', { groupId: 'g', attempt: 2 }),
    runRow('s1', { groupId: 'g', attempt: 1 }),
    runRow('c', { parentId: 's1' })
  ];
  expect(draw(search, new Set(['s2', 's1']))).toEqual(['s2 +1', '  s1 +1', '    c']);
});

test('each row knows its place among its siblings', () => {
  const places = arrangeRuns([runRow('x'), ...attempts], new Set(['a3'])).map(
    item => `${item.position}/${item.siblings} ${item.kind}`
  );
  expect(places).toEqual(['1/2 run', '2/2 run', '1/2 attempt', '2/2 attempt']);
});

test('ten thousand runs are arranged well within a frame or two', () => {
  const runs = Array.from({ length: 10_000 }, (_, n) =>
    runRow(String(n), { groupId: `g${n % 500}`, attempt: 10_000 - n })
  );
  expect(arrangeRuns(runs, NONE)).toHaveLength(500);
});

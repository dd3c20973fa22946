import { RunList, RunSearch, RunsModel } from '../../src/model';
import { FakeClient } from '../fakes/client';
import { experiment, runRow } from '../fakes/rows';

let client: FakeClient;
let runs: RunsModel;
let list: RunList;

beforeEach(async () => {
  client = new FakeClient();
  client.experimentList = [experiment('0'), experiment('1')];
  client.put(
    runRow('a', { startedAt: 4, name: 'Tuned Forest', metrics: { accuracy: 1, test_f1: 1 } }),
    runRow('b', { startedAt: 3, tags: { stage: 'dev' }, metrics: { accuracy: 1 } }),
    runRow('c', { startedAt: 2, experimentId: '1', notebook: 'wine.ipynb' }),
    runRow('d', { startedAt: 1, metrics: { training_score: 1 } })
  );
  runs = new RunsModel({ client });
  list = new RunList(runs, new RunSearch({ client, runs }));
  await runs.ready;
});

afterEach(() => {
  list.dispose();
  runs.dispose();
});

const shown = (): string[] => list.items.map(item => item.run.id);

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) {
    await new Promise(resolve => setTimeout(resolve));
  }
};

test('what is searched for is left, and counted beside the whole', async () => {
  list.search.text = 'run-';
  list.search.hurry();
  await until(() => list.search.isOn);
  expect([shown(), list.found, list.total]).toEqual([['b', 'c', 'd'], 3, 4]);
  list.experimentId = '1';
  await until(() => !list.search.isSearching);
  expect([shown(), list.found, list.total]).toEqual([['c'], 1, 1]);
});

test('a metric that is searched for is shown', async () => {
  client.remarks = { metrics: ['rare'] };
  list.search.text = 'Forest';
  list.search.hurry();
  await until(() => list.search.isOn);
  expect(list.columns).toEqual(['rare', 'test_f1']);
});

test('an experiment narrows the list and drops the selection', () => {
  list.toggleSelected('a');
  list.experimentId = '1';
  expect([shown(), list.total, list.selection]).toEqual([['c'], 1, []]);
});

test('an experiment that is deleted is no longer chosen', async () => {
  list.experimentId = '1';
  client.experimentList = [experiment('0'), experiment('1', { lifecycle: 'deleted' })];
  await runs.refresh();
  expect([list.experimentId, shown()]).toEqual([null, ['a', 'b', 'd']]);
});

test('the usual columns are held-out scores first, and training scores last', () => {
  expect(list.columns).toEqual(['test_f1', 'accuracy']);
});

test('chosen columns win', () => {
  list.chosenColumns = ['training_score'];
  expect(list.columns).toEqual(['training_score']);
});

test('a command without arguments means the selection when the active run is in it', () => {
  list.toggleSelected('a');
  list.toggleSelected('b');
  expect(list.targets).toEqual(['a', 'b']);
  list.activeId = 'd';
  expect(list.targets).toEqual(['d']);
});

test('shift selects everything in between', () => {
  list.activeId = 'a';
  list.selectTo('c');
  expect(list.selection).toEqual(['a', 'b', 'c']);
});

test('a run that is deleted is no longer selected', async () => {
  list.toggleSelected('a');
  client.put(runRow('a', { lifecycle: 'deleted' }));
  await runs.refresh();
  expect([list.selection, list.activeId]).toEqual([[], null]);
});

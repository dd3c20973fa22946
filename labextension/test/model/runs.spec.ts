import { ApiError } from '../../src/api';
import { RunsModel } from '../../src/model';
import { FakeClient } from '../fakes/client';
import { FakeEvents } from '../fakes/events';
import { experiment, runRow } from '../fakes/rows';

let client: FakeClient;
let events: FakeEvents;
let model: RunsModel;

beforeEach(() => {
  client = new FakeClient();
  events = new FakeEvents();
});

afterEach(() => model.dispose());

const open = async (): Promise<void> => {
  model = new RunsModel({ client, events });
  await model.ready;
};
const ids = (): string[] => model.runs.map(run => run.id);
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) {
    await new Promise(resolve => setTimeout(resolve));
  }
};

test('the newest run is first', async () => {
  client.put(runRow('a', { startedAt: 1 }), runRow('b', { startedAt: 3 }), runRow('c'));
  await open();
  expect(ids()).toEqual(['c', 'b', 'a']);
});

test('older pages arrive one after the other', async () => {
  client.pageSize = 3;
  client.put(...Array.from({ length: 10 }, (_, n) => runRow(String(n), { startedAt: n })));
  model = new RunsModel({ client, events });
  const lengths = new Set<number>();
  model.changed.connect(() => lengths.add(model.runs.length));
  await until(() => model.state === 'ready' && !model.isLoadingOlder);
  expect([...lengths]).toEqual([3, 6, 9, 10]);
  expect(ids()).toEqual(['9', '8', '7', '6', '5', '4', '3', '2', '1', '0']);
});

test('a page does not undo what changed meanwhile', async () => {
  client.pageSize = 1;
  client.put(runRow('old', { startedAt: 1 }), runRow('new', { startedAt: 2 }));
  await open();
  client.put(runRow('old', { startedAt: 1, name: 'renamed' }));
  await model.refresh();
  await until(() => !model.isLoadingOlder);
  expect(model.run('old')?.name).toBe('renamed');
});

test('an event brings in only what is new', async () => {
  client.put(runRow('a'));
  await open();
  const changed: (readonly string[])[] = [];
  model.runsChanged.connect((_, runIds) => changed.push(runIds));
  client.put(runRow('b', { startedAt: 5000 }));
  events.changed.emit('store');
  await until(() => changed.length > 0);
  expect(changed).toEqual([['b']]);
  expect(ids()).toEqual(['b', 'a']);
});

test('events that come in a burst are answered by two reads at most', async () => {
  await open();
  client.calls.length = 0;
  for (let n = 0; n < 20; n++) {
    events.changed.emit('store');
  }
  await model.refresh();
  expect(client.calls.filter(call => call === 'runsSince')).toHaveLength(2);
});

test('a deployment that changes is no reason to read runs', async () => {
  await open();
  client.calls.length = 0;
  events.changed.emit('deployments');
  expect(client.calls).toEqual([]);
});

test('a deleted run leaves the list and is still known', async () => {
  client.put(runRow('a'), runRow('b'));
  await open();
  client.put(runRow('a', { lifecycle: 'deleted' }));
  await model.refresh();
  expect(ids()).toEqual(['b']);
  expect(model.run('a')?.lifecycle).toBe('deleted');
});

test('the runs of a deleted experiment are gone with it', async () => {
  client.experimentList = [experiment('0'), experiment('1', { lifecycle: 'deleted' })];
  client.put(runRow('a'), runRow('b', { experimentId: '1' }));
  await open();
  expect(ids()).toEqual(['a']);
});

test('another store replaces what was there', async () => {
  client.put(runRow('a'), runRow('b'));
  await open();
  client.clear();
  client.put(runRow('c'));
  await model.refresh();
  expect(ids()).toEqual(['c']);
});

test('a server that cannot read its store is an error, and the next read heals it', async () => {
  client.failure = new ApiError('STORE_UNREADABLE', 'not a database');
  await open();
  expect([model.state, model.error?.message]).toEqual(['failed', 'not a database']);
  client.failure = null;
  client.put(runRow('a'));
  await model.refresh();
  expect([model.state, model.error, ids()]).toEqual(['ready', null, ['a']]);
});

test('a failure later keeps what is shown', async () => {
  client.put(runRow('a'));
  await open();
  client.failure = new ApiError('UNREACHABLE', 'no network');
  await model.refresh();
  expect([model.state, model.error?.code, ids()]).toEqual(['ready', 'UNREACHABLE', ['a']]);
});

test('a running run leaves a trail of its values until it ends', async () => {
  client.put(runRow('a', { status: 'RUNNING', metrics: { loss: 3 } }));
  await open();
  for (const loss of [2, 2, 'NaN' as const, 1]) {
    client.put(runRow('a', { status: 'RUNNING', metrics: { loss } }));
    await model.refresh();
  }
  expect(model.trail('a', 'loss')).toEqual([3, 2, 1]);
  client.put(runRow('a', { metrics: { loss: 1 } }));
  await model.refresh();
  expect(model.trail('a', 'loss')).toEqual([]);
});

test('nothing is announced once it is disposed', async () => {
  await open();
  const announced = jest.fn();
  model.changed.connect(announced);
  const refreshed = model.refresh();
  model.dispose();
  await refreshed;
  expect(announced).not.toHaveBeenCalled();
});

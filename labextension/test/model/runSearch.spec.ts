import { ApiError } from '../../src/api';
import { RunSearch, RunsModel } from '../../src/model';
import { FakeClient } from '../fakes/client';
import { FakeEvents } from '../fakes/events';
import { runRow } from '../fakes/rows';

let client: FakeClient;
let events: FakeEvents;
let runs: RunsModel;
let search: RunSearch;

beforeEach(async () => {
  jest.useFakeTimers();
  client = new FakeClient();
  events = new FakeEvents();
  client.put(
    runRow('a', { name: 'churn forest', startedAt: 3 }),
    runRow('b', { name: 'churn linear', startedAt: 2 }),
    runRow('c', { name: 'baseline', startedAt: 1, experimentId: '1' })
  );
  runs = new RunsModel({ client });
  await runs.ready;
  search = new RunSearch({ client, runs, events });
});

afterEach(() => {
  search.dispose();
  runs.dispose();
  jest.useRealTimers();
});

const left = (): string => ['a', 'b', 'c', 'd'].filter(id => search.matches(id)).join('');
const asked = (): string[] => client.calls.filter(call => call.startsWith('runs '));
const type = async (text: string): Promise<void> => {
  search.text = text;
  await jest.advanceTimersByTimeAsync(250);
};

test('nothing typed leaves everything', async () => {
  await type('   ');
  expect([left(), search.isOn, asked()]).toEqual(['abcd', false, []]);
});

test('who types on asks once', async () => {
  search.text = 'ch';
  search.text = 'chu';
  await type('churn');
  expect([left(), asked()]).toEqual(['ab', ['runs churn']]);
});

test('what is shown stays until the answer is here', async () => {
  await type('churn');
  search.text = 'churn l';
  expect([left(), search.isSearching]).toEqual(['ab', true]);
  await jest.advanceTimersByTimeAsync(250);
  expect([left(), search.isSearching]).toEqual(['b', false]);
});

test('an answer that comes too late is dropped', async () => {
  let release = (): void => undefined;
  client.delays.set('churn', new Promise(resolve => (release = resolve)));
  await type('churn');
  await type('base');
  release();
  await jest.advanceTimersByTimeAsync(0);
  expect(left()).toBe('c');
});

test('all pages are read', async () => {
  client.pageSize = 1;
  await type('churn');
  expect(left()).toBe('ab');
});

test('clearing it shows all at once', async () => {
  await type('churn');
  search.text = '';
  expect(left()).toBe('abcd');
});

test('what cannot be read leaves what was found, and is said after a pause', async () => {
  await type('churn');
  await type('churn ?');
  expect([left(), search.mistake]).toEqual(['ab', null]);
  await jest.advanceTimersByTimeAsync(1000);
  expect(search.mistake).toMatchObject({ message: 'unreadable', position: 6, suggestion: '!' });
  search.text = 'churn';
  expect(search.mistake).toBeNull();
});

test('who presses Enter hears of a mistake at once', async () => {
  search.text = '?';
  search.hurry();
  await jest.advanceTimersByTimeAsync(1);
  expect(search.mistake?.position).toBe(0);
});

test('a server that does not answer is said too', async () => {
  client.failure = new ApiError('UNREACHABLE', 'no network');
  search.text = 'churn';
  search.hurry();
  await jest.advanceTimersByTimeAsync(1);
  expect(search.mistake).toMatchObject({ message: 'no network', position: null });
});

test('a new run that matches appears, one that does not stays out', async () => {
  await type('churn');
  client.put(runRow('d', { name: 'churn boosting' }), runRow('e', { name: 'other' }));
  events.changed.emit('store');
  await jest.advanceTimersByTimeAsync(0);
  expect([left(), search.matches('e'), runs.run('d')?.name]).toEqual([
    'abd',
    false,
    'churn boosting'
  ]);
});

test('runs that no longer match, or are deleted, leave', async () => {
  await type('churn');
  client.put(
    runRow('a', { name: 'renamed' }),
    runRow('b', { name: 'churn linear', lifecycle: 'deleted' })
  );
  events.changed.emit('store');
  await jest.advanceTimersByTimeAsync(0);
  expect(left()).toBe('');
});

test('an unfinished filter follows what was applied last', async () => {
  await type('churn');
  await type('churn ?');
  client.put(runRow('d', { name: 'churn boosting' }));
  events.changed.emit('store');
  await jest.advanceTimersByTimeAsync(0);
  expect(left()).toBe('abd');
});

test('a change while the pages come is not lost', async () => {
  let release = (): void => undefined;
  client.delays.set('churn', new Promise(resolve => (release = resolve)));
  await type('churn');
  client.put(runRow('d', { name: 'churn boosting' }));
  events.changed.emit('store');
  release();
  await jest.advanceTimersByTimeAsync(0);
  expect(left()).toBe('abd');
});

test('another store is searched anew', async () => {
  await type('churn');
  client.clear();
  client.put(runRow('d', { name: 'churn elsewhere' }));
  events.changed.emit('store');
  await jest.advanceTimersByTimeAsync(0);
  expect(left()).toBe('d');
});

test('what depends on the time is asked again after a while', async () => {
  client.put(runRow('d', { name: 'age' }));
  await type('age');
  client.put(runRow('d', { name: 'too old' }));
  await jest.advanceTimersByTimeAsync(61_000);
  events.changed.emit('store');
  await jest.advanceTimersByTimeAsync(0);
  expect([left(), asked()]).toEqual(['', ['runs age', 'runs age']]);
});

test('an experiment narrows the search', async () => {
  await type('e');
  expect(left()).toBe('abc');
  search.experimentId = '1';
  expect(left()).toBe('');
  await jest.advanceTimersByTimeAsync(0);
  expect(left()).toBe('c');
});

test('an experiment that is chosen while the filter cannot be read is shown whole', async () => {
  await type('churn');
  await type('churn ?');
  search.experimentId = '1';
  await jest.advanceTimersByTimeAsync(1);
  expect([left(), search.mistake?.position]).toEqual(['abcd', 6]);
});

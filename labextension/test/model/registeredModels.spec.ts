import type { IModelVersion } from '../../src/api';
import { RegisteredModelsModel } from '../../src/model';
import { FakeClient } from '../fakes/client';
import { FakeEvents } from '../fakes/events';

function version(number: string, aliases: string[] = []): IModelVersion {
  const source = 'models:/m-1';
  return { version: number, runId: null, source, createdAt: 0, aliases, description: '' };
}

function setUp() {
  const client = new FakeClient();
  const events = new FakeEvents();
  const versions = [version('1')];
  client.modelList = [{ name: 'churn', description: '', updatedAt: 0, versions }];
  return { client, events, model: new RegisteredModelsModel({ client, events }) };
}

test('a version that is shown is read, and read again when the store changes', async () => {
  const { client, events, model } = setUp();
  await model.refresh();
  model.toggle('churn', '1');
  expect([model.isShown('churn', '1'), model.detail('churn', '1')]).toEqual([true, null]);
  await model.refresh();
  expect(model.detail('churn', '1')).toMatchObject({ detail: { aliases: [] } });

  client.modelList[0].versions = [version('1', ['champion'])];
  events.changed.emit('store');
  await model.refresh();
  expect(model.detail('churn', '1')).toMatchObject({ detail: { aliases: ['champion'] } });
});

test('a version that is gone says so, and one that is folded is not read', async () => {
  const { client, model } = setUp();
  await model.refresh();
  model.toggle('churn', '1');
  client.modelList = [];
  await model.refresh();
  expect(model.detail('churn', '1')).toMatchObject({ error: { message: 'no such version' } });

  model.toggle('churn', '1');
  client.calls.length = 0;
  await model.refresh();
  expect([model.isShown('churn', '1'), client.calls]).toEqual([false, ['models']]);
});

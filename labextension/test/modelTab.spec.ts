import type { IModelFolder, IModelVersion, IRegisteredModel, IVersionDetail } from '../src/api';
import { exampleTable } from '../src/modelTab/example';
import { ModelTabModel } from '../src/modelTab/model';
import { versionOf } from '../src/modelTab/uri';
import { RegisteredModelsModel } from '../src/model';
import { FakeClient } from './fakes/client';
import { FakeEvents } from './fakes/events';

function version(number: string): IModelVersion {
  const source = 'runs:/r/model';
  return { version: number, runId: 'r', source, createdAt: 0, aliases: [], description: '' };
}

function folderAt(uri: string): IModelFolder {
  return {
    uri,
    runId: 'r',
    metrics: [],
    flavors: [{ name: 'sklearn', version: '1.9' }],
    sizeBytes: 1,
    trust: 'signed',
    signature: null,
    example: null,
    requirements: [],
    python: null
  };
}

function detailOf(number: string): IVersionDetail {
  const rest = { user: 'ada', stage: 'None', tags: {}, metrics: [], promotions: [] };
  return { ...version(number), ...rest };
}

function setUp(uri: string) {
  const fake = new FakeClient();
  const churn: IRegisteredModel = {
    name: 'churn',
    description: '',
    updatedAt: 0,
    versions: [version('2'), version('1')]
  };
  fake.modelList = [churn];
  const calls: string[] = [];
  const client = {
    modelFolder: async (wanted: string) => {
      calls.push(wanted);
      if (wanted.includes('gone')) {
        throw new Error('no such model');
      }
      return folderAt(wanted);
    },
    modelVersion: async (_: string, number: string) => {
      calls.push(`version ${number}`);
      return detailOf(number);
    },
    promotions: async () => []
  };
  const events = new FakeEvents();
  const registered = new RegisteredModelsModel({ client: fake, events });
  return { calls, registered, model: new ModelTabModel({ uri, client, registered }) };
}

test('a version is shown with all versions of its name, and another in its place', async () => {
  const { model, registered } = setUp('models:/churn/2');
  await Promise.all([model.refresh(), registered.refresh()]);
  expect([model.name, model.folder?.uri, model.detail?.version]).toEqual([
    'churn',
    'models:/churn/2',
    '2'
  ]);
  expect(model.registered?.versions.map(each => each.version)).toEqual(['2', '1']);

  const choosing = model.choose('1');
  expect([model.folder, model.detail]).toEqual([null, null]);
  await choosing;
  expect([model.folder?.uri, model.detail?.version]).toEqual(['models:/churn/1', '1']);
});

test('a model of a run has no versions; one that is gone says why', async () => {
  const { model } = setUp('runs:/r/nested/model');
  await model.refresh();
  expect([model.name, model.version, model.registered, model.detail]).toEqual([
    'model',
    null,
    null,
    null
  ]);

  const gone = setUp('runs:/gone/model').model;
  await gone.refresh();
  expect([gone.folder, gone.error]).toEqual([null, 'no such model']);
});

test('the registry is followed until the tab is closed, and the files are read once', async () => {
  const { calls, model, registered } = setUp('models:/churn/2');
  await Promise.all([model.refresh(), registered.refresh()]);
  calls.length = 0;
  await registered.refresh();
  expect(calls).toEqual(['version 2']);
  model.dispose();
  await registered.refresh();
  expect(calls).toEqual(['version 2']);
});

test.each([
  ['models:/churn/3', { name: 'churn', version: '3' }],
  ['models:/<b>x</b>/3', null],
  ['models:/m-0123', null],
  ['runs:/abc/model', null]
])('%s names the version %j', (uri, wanted) => {
  expect(versionOf(uri)).toEqual(wanted);
});

test('an example of rows and columns is a table, and nothing else is', () => {
  const split = '{"columns": ["a", 1], "data": [[1.5, "x"], [null, {"k": 1}]]}';
  expect(exampleTable(split)).toEqual({
    columns: ['a', '1'],
    rows: [
      ['1.5', 'x'],
      ['null', '{"k":1}']
    ]
  });
  for (const text of ['[[1, 2]]', '{"data": [[1]]}', '{"columns": 1, "data": 2}', '{"colum', '7']) {
    expect(exampleTable(text)).toBeNull();
  }
});

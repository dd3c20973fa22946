import { ApiError, type IDeployment } from '../../src/api';
import { DeploymentsModel } from '../../src/model';
import { FakeClient } from '../fakes/client';
import { FakeEvents } from '../fakes/events';

const deployment: IDeployment = {
  id: 'd',
  modelUri: 'runs:/a/model',
  runId: 'a',
  state: 'starting',
  url: null,
  startedAt: 0,
  error: null
};

test('a deployment shows up with its event, and a failure keeps it', async () => {
  const client = new FakeClient();
  const events = new FakeEvents();
  const model = new DeploymentsModel({ client, events });
  await model.refresh();
  expect(model.entries).toEqual([]);

  client.deploymentList = [deployment];
  events.changed.emit('deployments');
  await model.refresh();
  expect(model.entries).toEqual([deployment]);

  client.failure = new ApiError('UNREACHABLE', 'gone');
  await model.refresh();
  expect([model.state, model.error?.code, model.entries.length]).toEqual([
    'ready',
    'UNREACHABLE',
    1
  ]);
  model.dispose();
});

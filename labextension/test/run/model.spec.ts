import { Signal } from '@lumino/signaling';
import type {
  IArtifact,
  IComparison,
  IHistory,
  IRunDetail,
  IRunRow,
  IRunsPage
} from '../../src/api';
import { type RunClient, RunModel } from '../../src/run/model';

function detail(count = 1): IRunDetail {
  return {
    run: { id: 'r1', name: 'deer', groupId: null, attempt: 1, parentId: null } as IRunRow,
    metrics: [{ key: 'loss', count, last: 1, lastStep: 0, first: 1, min: 1, max: 1, bestStep: 0 }],
    models: [],
    children: []
  } as unknown as IRunDetail;
}

/** A server with one run; `answer` is what it says of it. */
class FakeClient implements RunClient {
  answer: () => Promise<IRunDetail> = () => Promise.resolve(detail());
  runCalls = 0;
  historyCalls = 0;

  run(): Promise<IRunDetail> {
    this.runCalls++;
    return this.answer();
  }
  runs(): Promise<IRunsPage> {
    return Promise.resolve({ runs: [], cursor: null, seq: 0 });
  }
  compare(): Promise<IComparison> {
    return Promise.resolve({ runs: [], params: [], metrics: [] });
  }
  history(_: string, key: string): Promise<IHistory> {
    this.historyCalls++;
    return Promise.resolve({ key, steps: [0], values: [1], times: [0], total: 1 });
  }
  artifacts(): Promise<IArtifact[]> {
    return Promise.resolve([]);
  }
  artifactText(): Promise<string> {
    return Promise.resolve('');
  }
  artifactUrl(): string {
    return '';
  }
}

class FakeRuns {
  readonly runsChanged = new Signal<never, readonly string[]>(this as never);
  readonly parents = new Map<string, string>();

  run(id: string): IRunRow | undefined {
    const parentId = this.parents.get(id);
    return parentId === undefined ? undefined : ({ id, parentId } as IRunRow);
  }
}

describe('RunModel', () => {
  let client: FakeClient;
  let runs: FakeRuns;
  let model: RunModel;

  beforeEach(async () => {
    client = new FakeClient();
    runs = new FakeRuns();
    model = new RunModel({ runId: 'r1', client, runs });
    await model.refresh();
    client.runCalls = 0;
  });

  it('reads its run at once', () => {
    expect(model.detail?.run.name).toBe('deer');
    expect(model.error).toBeNull();
  });

  it('reads again when its run changed, and not when another did', async () => {
    runs.runsChanged.emit(['other'] as never);
    expect(client.runCalls).toBe(0);
    runs.runsChanged.emit(['other', 'r1'] as never);
    await model.refresh();
    expect(client.runCalls).toBeGreaterThan(0);
  });

  it('reads again when a child changed', () => {
    runs.parents.set('child', 'r1');
    runs.runsChanged.emit(['child'] as never);
    expect(client.runCalls).toBe(1);
  });

  it('keeps what it has when a reading fails, and says why', async () => {
    client.answer = () => Promise.reject(new Error('gone'));
    await model.refresh();
    expect(model.error).toBe('gone');
    expect(model.detail?.run.name).toBe('deer');
  });

  it('fetches a curve once, and again when it has grown', async () => {
    await model.showCurves(['loss']);
    await model.showCurves(['loss']);
    expect(client.historyCalls).toBe(1);
    client.answer = () => Promise.resolve(detail(5));
    await model.refresh();
    expect(client.historyCalls).toBe(2);
  });

  it('neither reads nor speaks after it was disposed of', () => {
    let said = 0;
    model.stateChanged.connect(() => said++);
    model.dispose();
    runs.runsChanged.emit(['r1'] as never);
    expect(client.runCalls).toBe(0);
    expect(said).toBe(0);
    expect(model.isDisposed).toBe(true);
  });
});

import {
  ApiError,
  type IClient,
  type IDeployment,
  type IExperiment,
  type IRunRow,
  type IRunsPage
} from '../../src/api';
import { experiment } from './rows';

/** A store in memory that pages and counts like the server; what a test doesn't need refuses. */
export class FakeClient implements IClient {
  experimentList: IExperiment[] = [experiment('0', { name: 'Default' })];
  deploymentList: IDeployment[] = [];
  pageSize = Infinity;
  failure: ApiError | null = null;
  readonly calls: string[] = [];

  put(...runs: IRunRow[]): void {
    for (const run of runs) {
      this._seq += 1;
      this._runs.set(run.id, run);
      this._changedAt.set(run.id, this._seq);
    }
  }

  /** As when the server opens another store. */
  clear(): void {
    this._seq = 0;
    this._runs.clear();
  }

  async experiments(): Promise<IExperiment[]> {
    this._call('experiments');
    return this.experimentList;
  }

  async runs(options: { limit?: number; cursor?: string }): Promise<IRunsPage> {
    this._call('runs');
    const size = Math.min(this.pageSize, options.limit ?? 100);
    const from = Number(options.cursor ?? 0);
    const runs = [...this._runs.values()]
      .filter(run => run.lifecycle === 'active')
      .sort((a, b) => b.startedAt - a.startedAt);
    const cursor = from + size < runs.length ? String(from + size) : null;
    return { runs: runs.slice(from, from + size), cursor, seq: this._seq };
  }

  async runsSince(seq: number): Promise<IRunsPage> {
    this._call('runsSince');
    const runs = [...this._runs.values()].filter(run => (this._changedAt.get(run.id) ?? 0) > seq);
    return { runs, cursor: null, seq: this._seq };
  }

  async deployments(): Promise<IDeployment[]> {
    this._call('deployments');
    return this.deploymentList;
  }

  store = refuse;
  createExperiment = refuse;
  renameExperiment = refuse;
  deleteExperiment = refuse;
  restoreExperiment = refuse;
  run = refuse;
  history = refuse;
  artifacts = refuse;
  artifactUrl = (): string => '';
  artifactText = refuse;
  compare = refuse;
  renameRun = refuse;
  deleteRun = refuse;
  restoreRun = refuse;
  endRun = refuse;
  models = refuse;
  registerModel = refuse;
  deploy = refuse;
  stopDeployment = refuse;
  forgetDeployment = refuse;
  deploymentLog = refuse;
  evaluateFile = refuse;
  evaluation = refuse;

  private _call(name: string): void {
    this.calls.push(name);
    if (this.failure) {
      throw this.failure;
    }
  }

  private _seq = 0;
  private readonly _runs = new Map<string, IRunRow>();
  private readonly _changedAt = new Map<string, number>();
}

async function refuse(): Promise<never> {
  throw new ApiError('NOT_FAKED', 'This test has no such route.');
}

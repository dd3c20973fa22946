import {
  ApiError,
  type IClient,
  type IDeployment,
  type IExperiment,
  type IFilterRequest,
  type IRegisteredModel,
  type IRunRow,
  type IRunsPage,
  type IRunsRequest,
  type IVersionDetail
} from '../../src/api';
import { experiment } from './rows';

/** A store in memory that pages and counts like the server; what a test doesn't need refuses. */
export class FakeClient implements IClient {
  experimentList: IExperiment[] = [experiment('0', { name: 'Default' })];
  deploymentList: IDeployment[] = [];
  modelList: IRegisteredModel[] = [];
  pageSize = Infinity;
  failure: ApiError | null = null;
  /** What a filtered list waits for, by the filter. */
  readonly delays = new Map<string, Promise<void>>();
  /** What is said of a filter. */
  remarks: Partial<IRunsPage> = {};
  seq = 0;
  readonly calls: string[] = [];

  put(...runs: IRunRow[]): void {
    for (const run of runs) {
      this.seq += 1;
      this._runs.set(run.id, run);
      this._changedAt.set(run.id, this.seq);
    }
  }

  /** As when the server opens another store. */
  clear(): void {
    this.seq = 0;
    this._runs.clear();
  }

  async experiments(): Promise<IExperiment[]> {
    this._call('experiments');
    return this.experimentList;
  }

  async runs(options: IRunsRequest): Promise<IRunsPage> {
    this._call(options.filter === undefined ? 'runs' : `runs ${options.filter}`);
    const matches = matcher(options);
    const { seq } = this;
    const size = Math.min(this.pageSize, options.limit ?? 100);
    const from = Number(options.cursor ?? 0);
    const runs = [...this._runs.values()].filter(matches).sort((a, b) => b.startedAt - a.startedAt);
    const cursor = from + size < runs.length ? String(from + size) : null;
    await this.delays.get(options.filter ?? '');
    return { runs: runs.slice(from, from + size), cursor, seq, isWords: true, ...this.remarks };
  }

  async runsSince(seq: number, options: IFilterRequest = {}): Promise<IRunsPage> {
    this._call('runsSince');
    const runs = [...this._runs.values()].filter(run => (this._changedAt.get(run.id) ?? 0) > seq);
    const matching = runs.filter(matcher(options)).map(run => run.id);
    return { runs, cursor: null, seq: this.seq, matching };
  }

  async deployments(): Promise<IDeployment[]> {
    this._call('deployments');
    return this.deploymentList;
  }

  async models(): Promise<IRegisteredModel[]> {
    this._call('models');
    return this.modelList;
  }

  async modelVersion(name: string, version: string): Promise<IVersionDetail> {
    this._call(`version ${version} of ${name}`);
    const model = this.modelList.find(each => each.name === name);
    const found = model?.versions.find(each => each.version === version);
    if (found === undefined) {
      throw new ApiError('RESOURCE_DOES_NOT_EXIST', 'no such version');
    }
    return { ...found, user: 'ada', stage: 'None', tags: {}, metrics: [], promotions: [] };
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
  completions = refuse;
  renameRun = refuse;
  deleteRun = refuse;
  restoreRun = refuse;
  endRun = refuse;
  promotions = refuse;
  modelFolder = refuse;
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

  private readonly _runs = new Map<string, IRunRow>();
  private readonly _changedAt = new Map<string, number>();
}

/** A filter is part of a run's name; "?" can't be read. */
function matcher({ filter = '', experiment }: IFilterRequest): (run: IRunRow) => boolean {
  const position = filter.indexOf('?');
  if (position >= 0) {
    const place = { message: 'unreadable', position, length: 1, suggestion: '!' };
    throw new ApiError('INVALID_PARAMETER_VALUE', 'unreadable', 400, place);
  }
  return run =>
    run.lifecycle === 'active' &&
    run.name.includes(filter.trim()) &&
    (experiment === undefined || run.experimentId === experiment);
}

async function refuse(): Promise<never> {
  throw new ApiError('NOT_FAKED', 'This test has no such route.');
}

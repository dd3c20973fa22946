import type { ServerConnection } from '@jupyterlab/services';
import type {
  IArtifact,
  IComparison,
  ICompletions,
  IDeployment,
  IEvaluation,
  IExperiment,
  IHistory,
  IModelFolder,
  IModelVersion,
  IPromotion,
  IRegisteredModel,
  IRunDetail,
  IRunsPage,
  IStoreInfo,
  IVersionDetail
} from './types';
import { apiUrl, request, requestText, type IRequest } from './request';

export interface IEvaluateRequest {
  file: string;
  target: string;
  modelType: string;
  modelPath: string;
}

export interface IFilterRequest {
  /** A filter, or words of runs' names. */
  filter?: string;
  experiment?: string;
}

export interface IRunsRequest extends IFilterRequest {
  limit?: number;
  cursor?: string;
}

/** Every route of `/nbtrack/api`; a failure throws `ApiError`. */
export interface IClient {
  store(): Promise<IStoreInfo>;

  experiments(): Promise<IExperiment[]>;
  createExperiment(name: string): Promise<IExperiment>;
  renameExperiment(id: string, name: string): Promise<void>;
  deleteExperiment(id: string): Promise<void>;
  restoreExperiment(id: string): Promise<void>;

  /** One page of an experiment's runs (of all, without one), newest first. */
  runs(options: IRunsRequest): Promise<IRunsPage>;
  runsSince(seq: number, options?: IFilterRequest): Promise<IRunsPage>;
  /** What can stand at the end of a filter that is being written. */
  completions(text: string, experiment?: string): Promise<ICompletions>;
  run(id: string): Promise<IRunDetail>;
  history(runId: string, key: string, maxPoints?: number): Promise<IHistory>;
  artifacts(runId: string, path?: string): Promise<IArtifact[]>;
  /** The address of an artifact's bytes. */
  artifactUrl(runId: string, path: string): string;
  artifactText(runId: string, path: string): Promise<string>;
  compare(runIds: readonly string[]): Promise<IComparison>;
  renameRun(id: string, name: string): Promise<void>;
  deleteRun(id: string): Promise<void>;
  restoreRun(id: string): Promise<void>;
  endRun(id: string, status: 'FINISHED' | 'FAILED' | 'KILLED'): Promise<void>;

  models(): Promise<IRegisteredModel[]>;
  modelVersion(name: string, version: string): Promise<IVersionDetail>;
  /** Who gave which version of a registered model an alias, the newest first. */
  promotions(name: string): Promise<IPromotion[]>;
  /** What lies in the folder of a saved model. */
  modelFolder(uri: string): Promise<IModelFolder>;
  registerModel(modelUri: string, name: string): Promise<IModelVersion & { name: string }>;

  deployments(): Promise<IDeployment[]>;
  deploy(modelUri: string, port?: number): Promise<IDeployment>;
  stopDeployment(id: string): Promise<IDeployment>;
  forgetDeployment(id: string): Promise<void>;
  deploymentLog(id: string): Promise<string>;

  evaluateFile(runId: string, evaluation: IEvaluateRequest): Promise<IEvaluation>;
  evaluation(id: string): Promise<IEvaluation>;
}

/** The client of one Jupyter server. */
export class Client implements IClient {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  store(): Promise<IStoreInfo> {
    return this._get('store');
  }

  async experiments(): Promise<IExperiment[]> {
    return (await this._get<{ experiments: IExperiment[] }>('experiments')).experiments;
  }

  createExperiment(name: string): Promise<IExperiment> {
    return this._send('POST', 'experiments', { name });
  }

  renameExperiment(id: string, name: string): Promise<void> {
    return this._send('PATCH', at('experiments', id), { name });
  }

  deleteExperiment(id: string): Promise<void> {
    return this._send('DELETE', at('experiments', id));
  }

  restoreExperiment(id: string): Promise<void> {
    return this._send('POST', at('experiments', id, 'restore'), {});
  }

  runs(options: IRunsRequest): Promise<IRunsPage> {
    return this._get('runs', { ...options });
  }

  runsSince(seq: number, options: IFilterRequest = {}): Promise<IRunsPage> {
    return this._get('runs', { since: seq, ...options });
  }

  completions(text: string, experiment?: string): Promise<ICompletions> {
    return this._get('completions', { text, experiment });
  }

  run(id: string): Promise<IRunDetail> {
    return this._get(at('runs', id));
  }

  history(runId: string, key: string, maxPoints?: number): Promise<IHistory> {
    return this._get(at('runs', runId, 'history'), { key, max_points: maxPoints });
  }

  async artifacts(runId: string, path?: string): Promise<IArtifact[]> {
    const route = at('runs', runId, 'artifacts');
    return (await this._get<{ entries: IArtifact[] }>(route, { path })).entries;
  }

  artifactUrl(runId: string, path: string): string {
    return apiUrl(this._settings, at('runs', runId, 'artifact'), { path });
  }

  artifactText(runId: string, path: string): Promise<string> {
    return requestText(this._settings, at('runs', runId, 'artifact'), { query: { path } });
  }

  compare(runIds: readonly string[]): Promise<IComparison> {
    return this._get('compare', { runs: runIds.join(',') });
  }

  renameRun(id: string, name: string): Promise<void> {
    return this._send('PATCH', at('runs', id), { name });
  }

  deleteRun(id: string): Promise<void> {
    return this._send('DELETE', at('runs', id));
  }

  restoreRun(id: string): Promise<void> {
    return this._send('POST', at('runs', id, 'restore'), {});
  }

  endRun(id: string, status: 'FINISHED' | 'FAILED' | 'KILLED'): Promise<void> {
    return this._send('POST', at('runs', id, 'end'), { status });
  }

  async models(): Promise<IRegisteredModel[]> {
    return (await this._get<{ models: IRegisteredModel[] }>('models')).models;
  }

  modelVersion(name: string, version: string): Promise<IVersionDetail> {
    return this._get(at('models', name), { version });
  }

  async promotions(name: string): Promise<IPromotion[]> {
    const route = at('models', name, 'promotions');
    return (await this._get<{ promotions: IPromotion[] }>(route)).promotions;
  }

  modelFolder(uri: string): Promise<IModelFolder> {
    return this._get('model', { uri });
  }

  registerModel(modelUri: string, name: string): Promise<IModelVersion & { name: string }> {
    return this._send('POST', 'models', { modelUri, name });
  }

  async deployments(): Promise<IDeployment[]> {
    return (await this._get<{ deployments: IDeployment[] }>('deployments')).deployments;
  }

  deploy(modelUri: string, port?: number): Promise<IDeployment> {
    return this._send(
      'POST',
      'deployments',
      port === undefined ? { modelUri } : { modelUri, port }
    );
  }

  stopDeployment(id: string): Promise<IDeployment> {
    return this._send('POST', at('deployments', id, 'stop'), {});
  }

  forgetDeployment(id: string): Promise<void> {
    return this._send('DELETE', at('deployments', id));
  }

  async deploymentLog(id: string): Promise<string> {
    return (await this._get<{ text: string }>(at('deployments', id, 'log'))).text;
  }

  evaluateFile(runId: string, evaluation: IEvaluateRequest): Promise<IEvaluation> {
    return this._send('POST', at('runs', runId, 'evaluate'), { ...evaluation });
  }

  evaluation(id: string): Promise<IEvaluation> {
    return this._get(at('evaluations', id));
  }

  private _get<T>(route: string, query?: IRequest['query']): Promise<T> {
    return request<T>(this._settings, route, { query });
  }

  private _send<T>(method: 'POST' | 'PATCH' | 'DELETE', route: string, body?: IRequest['body']) {
    return request<T>(this._settings, route, { method, body });
  }
}

/** A route whose parts are ids and may hold any character. */
function at(...parts: string[]): string {
  return parts.map(encodeURIComponent).join('/');
}

import { VDomModel } from '@jupyterlab/ui-components';
import type { IArtifact, IClient, IComparison, IRunDetail } from '../api';
import { Histories } from '../charts/histories';
import { Refresher } from '../model/refresher';
import type { IRunsModel } from '../tokens';
import { ArtifactsModel } from './artifacts/model';
import { findFigures } from './figures';
import { previousAttempt } from './previousAttempt';

export type RunClient = Pick<
  IClient,
  'run' | 'runs' | 'compare' | 'history' | 'artifacts' | 'artifactText' | 'artifactUrl'
>;

export interface IRunModelOptions {
  runId: string;
  client: RunClient;
  runs: Pick<IRunsModel, 'runsChanged' | 'run'>;
}

/** Of a larger search these many are shown: the server compares no more at once. */
const MAX_CHILDREN = 100;

/** All that a run's tab shows, read again whenever the run or one of its children changes. */
export class RunModel extends VDomModel {
  constructor({ runId, client, runs }: IRunModelOptions) {
    super();
    this.runId = runId;
    this._client = client;
    this._runs = runs;
    this.histories = new Histories(client);
    this.artifacts = new ArtifactsModel(runId, client);
    this.histories.changed.connect(() => this.stateChanged.emit());
    this.artifacts.stateChanged.connect(() => this.stateChanged.emit());
    this._runs.runsChanged.connect(this._onRunsChanged, this);
    void this.refresh();
  }

  readonly runId: string;
  readonly histories: Histories;
  readonly artifacts: ArtifactsModel;

  /** Null until the first answer is here. */
  get detail(): IRunDetail | null {
    return this._detail;
  }

  /** Why the last reading failed; what was read before is still shown. */
  get error(): string | null {
    return this._error;
  }

  get figures(): readonly IArtifact[] {
    return this._figures;
  }

  /** The attempt of the same cell before this one. */
  get previousId(): string | null {
    return this._previousId;
  }

  /** The children of a search side by side; null when there are none. */
  get search(): IComparison | null {
    return this._search;
  }

  refresh(): Promise<void> {
    return this._refresher.refresh();
  }

  /** Have these metrics' curves fetched, now and whenever they grow. */
  async showCurves(keys: readonly string[]): Promise<void> {
    this._shownCurves = keys;
    const counts = new Map(this._detail?.metrics.map(metric => [metric.key, metric.count]));
    await this.histories.want(
      keys.map(key => ({ runId: this.runId, key, count: counts.get(key) ?? 0 }))
    );
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._runs.runsChanged.disconnect(this._onRunsChanged, this);
    this.histories.dispose();
    this.artifacts.dispose();
    super.dispose();
  }

  private async _load(): Promise<void> {
    try {
      this._detail = await this._client.run(this.runId);
      this._error = null;
    } catch (error) {
      this._error = error instanceof Error ? error.message : String(error);
    }
    if (this.isDisposed) {
      return;
    }
    this.stateChanged.emit();
    if (this._detail && !this._error) {
      await this._loadMore(this._detail);
    }
  }

  /** What may come a moment later, and whose failure leaves the rest of the tab as it is. */
  private async _loadMore(detail: IRunDetail): Promise<void> {
    const [figures, search, previousId] = await Promise.all([
      findFigures(this._client, detail).catch(() => this._figures),
      this._compareChildren(detail).catch(() => this._search),
      this._previousId ?? previousAttempt(this._client, detail.run).catch(() => null),
      this.showCurves(this._shownCurves),
      this.artifacts.refresh()
    ]);
    if (!this.isDisposed) {
      this._figures = figures;
      this._search = search;
      this._previousId = previousId;
      this.stateChanged.emit();
    }
  }

  private async _compareChildren(detail: IRunDetail): Promise<IComparison | null> {
    const ids = detail.children.slice(0, MAX_CHILDREN).map(child => child.id);
    return ids.length > 0 ? this._client.compare(ids) : null;
  }

  private _onRunsChanged(_: unknown, ids: readonly string[]): void {
    if (ids.some(id => id === this.runId || this._runs.run(id)?.parentId === this.runId)) {
      void this.refresh();
    }
  }

  private readonly _client: RunClient;
  private readonly _runs: Pick<IRunsModel, 'runsChanged' | 'run'>;
  private readonly _refresher = new Refresher(() => this._load());
  private _detail: IRunDetail | null = null;
  private _error: string | null = null;
  private _figures: readonly IArtifact[] = [];
  private _search: IComparison | null = null;
  private _previousId: string | null = null;
  private _shownCurves: readonly string[] = [];
}

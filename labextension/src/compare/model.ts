import { VDomModel } from '@jupyterlab/ui-components';
import { type ISignal, Signal } from '@lumino/signaling';
import type { IClient, IComparison, IMetricSummary, IRunRow } from '../api';
import { Histories } from '../charts/histories';
import { type IRunStyle, runStyles } from '../charts/palette';
import { Refresher } from '../model/refresher';
import type { IRunsModel } from '../tokens';

export type CompareClient = Pick<IClient, 'compare' | 'run' | 'history'>;

export interface ICompareModelOptions {
  runIds: readonly string[];
  client: CompareClient;
  runs: Pick<IRunsModel, 'runsChanged'>;
}

/** Runs side by side: what they have in common, which of them are shown, and their curves. */
export class CompareModel extends VDomModel {
  constructor({ runIds, client, runs }: ICompareModelOptions) {
    super();
    this._runIds = [...runIds];
    this._styles = runStyles(runIds);
    this._client = client;
    this._runs = runs;
    this.histories = new Histories(client);
    this.histories.changed.connect(() => this.stateChanged.emit());
    this._runs.runsChanged.connect(this._onRunsChanged, this);
    void this.refresh();
  }

  readonly histories: Histories;

  get runIds(): readonly string[] {
    return this._runIds;
  }

  /** A run was added or removed. */
  get runIdsChanged(): ISignal<this, void> {
    return this._runIdsChanged;
  }

  /** Null until the first answer is here. */
  get comparison(): IComparison | null {
    return this._comparison;
  }

  /** Why the last reading failed; what was read before is still shown. */
  get error(): string | null {
    return this._error;
  }

  /** A run keeps its look for as long as it is compared. */
  style(runId: string): IRunStyle {
    return this._styles.get(runId) ?? { color: '', dash: [] };
  }

  isShown(runId: string): boolean {
    return !this._hidden.has(runId);
  }

  get shownRuns(): readonly IRunRow[] {
    return this._comparison?.runs.filter(run => this.isShown(run.id)) ?? [];
  }

  setShown(runId: string, isShown: boolean): void {
    if (isShown) {
      this._hidden.delete(runId);
    } else {
      this._hidden.add(runId);
    }
    this.stateChanged.emit();
  }

  async remove(runId: string): Promise<void> {
    this._runIds = this._runIds.filter(id => id !== runId);
    this._hidden.delete(runId);
    this._runIdsChanged.emit();
    await this.refresh();
  }

  refresh(): Promise<void> {
    return this._refresher.refresh();
  }

  /** The metrics of which at least one run has more than a point; null until that is known. */
  get curveKeys(): readonly string[] | null {
    if (!this._summaries) {
      return null;
    }
    const keys = new Set<string>();
    for (const metrics of this._summaries.values()) {
      for (const { key, count } of metrics) {
        if (count > 1) {
          keys.add(key);
        }
      }
    }
    return Array.from(keys).sort();
  }

  /** How many points a run has of a metric. */
  count(runId: string, key: string): number {
    return this._summaries?.get(runId)?.find(metric => metric.key === key)?.count ?? 0;
  }

  /** Have these metrics' curves fetched for all runs, now and whenever they grow. */
  async showCurves(keys: readonly string[]): Promise<void> {
    this._shownCurves = keys;
    const wanted = keys.flatMap(key =>
      this._runIds.map(runId => ({ runId, key, count: this.count(runId, key) }))
    );
    await this.histories.want(wanted.filter(curve => curve.count > 0));
  }

  /** Find out which metrics have curves: the comparison itself doesn't tell. */
  async openCurves(): Promise<void> {
    this._isCurvesOpen = true;
    await this._loadSummaries();
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._runs.runsChanged.disconnect(this._onRunsChanged, this);
    this.histories.dispose();
    Signal.clearData(this);
    super.dispose();
  }

  private async _load(): Promise<void> {
    try {
      this._comparison =
        this._runIds.length > 0
          ? await this._client.compare(this._runIds)
          : { runs: [], params: [], metrics: [] };
      this._error = null;
    } catch (error) {
      this._error = error instanceof Error ? error.message : String(error);
    }
    if (this.isDisposed) {
      return;
    }
    this.stateChanged.emit();
    if (this._isCurvesOpen) {
      await this._loadSummaries();
    }
  }

  private async _loadSummaries(): Promise<void> {
    try {
      const runs = await Promise.all(this._runIds.map(id => this._client.run(id)));
      this._summaries = new Map(runs.map(({ run, metrics }) => [run.id, metrics]));
    } catch (error) {
      this._error = error instanceof Error ? error.message : String(error);
    }
    if (!this.isDisposed) {
      this.stateChanged.emit();
      await this.showCurves(this._shownCurves);
    }
  }

  private _onRunsChanged(_: unknown, ids: readonly string[]): void {
    if (ids.some(id => this._runIds.includes(id))) {
      void this.refresh();
    }
  }

  private readonly _client: CompareClient;
  private readonly _runs: Pick<IRunsModel, 'runsChanged'>;
  private readonly _refresher = new Refresher(() => this._load());
  private readonly _hidden = new Set<string>();
  private readonly _styles: Map<string, IRunStyle>;
  private readonly _runIdsChanged = new Signal<this, void>(this);
  private _runIds: readonly string[];
  private _comparison: IComparison | null = null;
  private _summaries: Map<string, readonly IMetricSummary[]> | null = null;
  private _error: string | null = null;
  private _isCurvesOpen = false;
  private _shownCurves: readonly string[] = [];
}

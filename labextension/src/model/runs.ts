import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { ApiError, IClient, IExperiment, IRunRow, IRunsPage, IStoreEvents } from '../api';
import { StoreFollower } from './storeFollower';
import { Trails } from './trails';

/** Small, so that the newest runs are there at once; the rest follows in larger pages. */
const FIRST_PAGE = 200;
const PAGE = 1000;

export type LoadState = 'loading' | 'ready' | 'failed';

/** The experiments and runs of the open store, kept up to date as kernels write. */
export interface IRunsModel extends IDisposable {
  /** Anything that a view shows has changed. */
  readonly changed: ISignal<IRunsModel, void>;
  /** The ids of the runs that are new or changed in the store. */
  readonly runsChanged: ISignal<IRunsModel, readonly string[]>;
  readonly state: LoadState;
  /** Why the last attempt to load failed; null once one succeeded. */
  readonly error: ApiError | null;
  /** Older runs are still on their way. */
  readonly isLoadingOlder: boolean;
  /** Active and deleted ones. */
  readonly experiments: readonly IExperiment[];
  /** Active runs of active experiments, newest first. */
  readonly runs: readonly IRunRow[];
  /** Resolves when the first answer is here, good or bad. */
  readonly ready: Promise<void>;
  /** A run that is loaded, deleted or not; undefined when it isn't (`IClient.run` gets any). */
  run(id: string): IRunRow | undefined;
  /** The active runs that a cell made, newest first. */
  runsOfCell(cellId: string): readonly IRunRow[];
  /** The values that a metric of a running run had since the page was opened. */
  trail(runId: string, key: string): readonly number[];
  /** Takes over runs that somebody else read; what is here already is newer. */
  adopt(runs: readonly IRunRow[]): void;
  /** Ask now, as after a change that this page made itself. */
  refresh(): Promise<void>;
}

export class RunsModel extends StoreFollower implements IRunsModel {
  constructor({ client, events }: { client: IClient; events?: IStoreEvents }) {
    super(topic => topic !== 'deployments', events);
    this._client = client;
    this.ready = this.refresh();
  }

  readonly runsChanged: ISignal<this, readonly string[]> = new Signal<this, readonly string[]>(
    this
  );
  readonly ready: Promise<void>;

  get state(): LoadState {
    if (this._seq !== null) {
      return 'ready';
    }
    return this._error ? 'failed' : 'loading';
  }

  get error(): ApiError | null {
    return this._error;
  }

  get isLoadingOlder(): boolean {
    return this._cursor !== null;
  }

  get experiments(): readonly IExperiment[] {
    return this._experiments;
  }

  get runs(): readonly IRunRow[] {
    this._sorted ??= this._sort();
    return this._sorted;
  }

  run(id: string): IRunRow | undefined {
    return this._runs.get(id);
  }

  runsOfCell(cellId: string): readonly IRunRow[] {
    this._byCell ??= groupByCell(this.runs);
    return this._byCell.get(cellId) ?? [];
  }

  trail(runId: string, key: string): readonly number[] {
    return this._trails.get(runId, key);
  }

  adopt(runs: readonly IRunRow[]): void {
    const unknown = runs.filter(run => !this._runs.has(run.id));
    if (unknown.length > 0) {
      this._add(unknown);
    }
  }

  protected async update(): Promise<void> {
    try {
      const [experiments, page] = await Promise.all([
        this._client.experiments(),
        this._seq === null ? this._firstPage() : this._client.runsSince(this._seq)
      ]);
      const isOtherStore = this._seq !== null && page.seq < this._seq;
      this._experiments = experiments;
      this._error = null;
      this._merge(isOtherStore ? await this._startOver() : page);
    } catch (error) {
      this._error = error as ApiError;
      this._emit([]);
    }
    if (this._cursor !== null && !this._isLoadingPages) {
      void this._loadOlder();
    }
  }

  private async _firstPage(): Promise<IRunsPage> {
    const page = await this._client.runs({ limit: FIRST_PAGE });
    this._cursor = page.cursor;
    return page;
  }

  /** The counter went back: the server has opened another store. */
  private async _startOver(): Promise<IRunsPage> {
    this._runs.clear();
    this._seq = null;
    return this._firstPage();
  }

  private async _loadOlder(): Promise<void> {
    this._isLoadingPages = true;
    try {
      while (this._cursor !== null && !this.isDisposed) {
        const page: IRunsPage = await this._client.runs({ limit: PAGE, cursor: this._cursor });
        this._cursor = page.cursor;
        // What `?since=` brought in meanwhile is newer than the page.
        this.adopt(page.runs);
      }
    } catch (error) {
      this._error = error as ApiError;
      this._emit([]); // the next refresh goes on from the cursor
    } finally {
      this._isLoadingPages = false;
    }
  }

  private _merge(page: IRunsPage): void {
    this._seq = page.seq;
    this._add(page.runs);
  }

  private _add(runs: readonly IRunRow[]): void {
    for (const run of runs) {
      this._runs.set(run.id, run);
      this._trails.add(run);
    }
    this._emit(runs.map(run => run.id));
  }

  private _emit(ids: readonly string[]): void {
    this._sorted = this._byCell = null;
    this.emit();
    if (ids.length > 0 && !this.isDisposed) {
      (this.runsChanged as Signal<this, readonly string[]>).emit(ids);
    }
  }

  private _sort(): IRunRow[] {
    const deleted = new Set(this._experiments.filter(isDeleted).map(experiment => experiment.id));
    return [...this._runs.values()]
      .filter(run => !isDeleted(run) && !deleted.has(run.experimentId))
      .sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1));
  }

  private readonly _client: IClient;
  private readonly _trails = new Trails();
  private readonly _runs = new Map<string, IRunRow>();
  private _sorted: IRunRow[] | null = null;
  private _byCell: Map<string, IRunRow[]> | null = null;
  private _experiments: readonly IExperiment[] = [];
  private _seq: number | null = null;
  private _cursor: string | null = null;
  private _isLoadingPages = false;
  private _error: ApiError | null = null;
}

function isDeleted(thing: { lifecycle: string }): boolean {
  return thing.lifecycle === 'deleted';
}

function groupByCell(runs: readonly IRunRow[]): Map<string, IRunRow[]> {
  const groups = new Map<string, IRunRow[]>();
  for (const run of runs) {
    if (run.cellId !== null) {
      const group = groups.get(run.cellId);
      if (group) {
        group.push(run);
      } else {
        groups.set(run.cellId, [run]);
      }
    }
  }
  return groups;
}

import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IRunRow } from '../api';
import { usualMetrics } from './metricColumns';
import type { IRunSearch } from './runSearch';
import { arrangeRuns, type IRunItem } from './runTree';
import type { IRunsModel } from './runs';

const USUAL_COLUMNS = 2;

/** What the list of runs shows: which experiment and search, what is folded, chosen and in focus. */
export interface IRunList extends IDisposable {
  readonly changed: ISignal<IRunList, void>;
  readonly items: readonly IRunItem[];
  /** Runs of the chosen experiment, found or not. */
  readonly total: number;
  /** Those of them that the search found. */
  readonly found: number;
  readonly search: IRunSearch;
  /** Null for all experiments. */
  experimentId: string | null;
  /** Metrics to show; null for the usual ones. */
  chosenColumns: readonly string[] | null;
  readonly columns: readonly string[];
  /** Selected runs that still exist, in the order of their selection. */
  readonly selection: readonly string[];
  /** The run that the keyboard is on or that was clicked last. */
  activeId: string | null;
  /** The runs that a command without arguments means: the selection, else the active run. */
  readonly targets: readonly string[];
  toggleSelected(id: string): void;
  /** Selects all rows between the active one and this. */
  selectTo(id: string): void;
  clearSelection(): void;
  setExpanded(id: string, isExpanded: boolean): void;
}

export class RunList implements IRunList {
  constructor(
    private readonly _runs: IRunsModel,
    readonly search: IRunSearch
  ) {
    this._runs.changed.connect(this._onRunsChanged, this);
    this.search.changed.connect(this._emit, this);
  }

  readonly changed: ISignal<this, void> = new Signal<this, void>(this);

  get items(): readonly IRunItem[] {
    this._items ??= arrangeRuns(this._matching(), this._expanded);
    return this._items;
  }

  get total(): number {
    return this._ofExperiment().length;
  }

  get found(): number {
    return this._matching().length;
  }

  get experimentId(): string | null {
    return this._experimentId;
  }
  set experimentId(id: string | null) {
    if (this._experimentId !== id) {
      this._experimentId = id;
      this._selection.clear();
      this.search.experimentId = id;
      this._emit();
    }
  }

  get chosenColumns(): readonly string[] | null {
    return this._chosenColumns;
  }
  set chosenColumns(columns: readonly string[] | null) {
    this._chosenColumns = columns;
    this._emit();
  }

  get columns(): readonly string[] {
    this._columns ??= this._chosenColumns ?? this._usualColumns();
    return this._columns;
  }

  /** What is searched for, and what the rows have that are seen first: many candidates are folded under a search. */
  private _usualColumns(): readonly string[] {
    const runs = this._matching();
    const topmost = runs.filter(run => run.parentId === null);
    const usual = usualMetrics(topmost.length > 0 ? topmost : runs, USUAL_COLUMNS);
    return [...new Set([...this.search.metrics, ...usual])].slice(0, USUAL_COLUMNS);
  }

  get selection(): readonly string[] {
    return [...this._selection];
  }

  get activeId(): string | null {
    return this._activeId;
  }
  set activeId(id: string | null) {
    if (this._activeId !== id) {
      this._activeId = id;
      this._announce();
    }
  }

  get targets(): readonly string[] {
    if (this._activeId !== null && !this._selection.has(this._activeId)) {
      return [this._activeId];
    }
    return this.selection;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  toggleSelected(id: string): void {
    if (!this._selection.delete(id)) {
      this._selection.add(id);
    }
    this._activeId = id;
    this._announce();
  }

  selectTo(id: string): void {
    const ids = this.items.map(item => item.run.id);
    const to = ids.indexOf(id);
    const from = this._activeId === null ? to : Math.max(0, ids.indexOf(this._activeId));
    for (const between of ids.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      this._selection.add(between);
    }
    this._activeId = id;
    this._announce();
  }

  clearSelection(): void {
    this._selection.clear();
    this._announce();
  }

  setExpanded(id: string, isExpanded: boolean): void {
    if (isExpanded) {
      this._expanded.add(id);
    } else {
      this._expanded.delete(id);
    }
    this._emit();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._runs.changed.disconnect(this._onRunsChanged, this);
    this.search.changed.disconnect(this._emit, this);
    Signal.clearData(this);
  }

  private _ofExperiment(): readonly IRunRow[] {
    const runs = this._runs.runs;
    return this._experimentId === null
      ? runs
      : runs.filter(run => run.experimentId === this._experimentId);
  }

  private _matching(): readonly IRunRow[] {
    this._matched ??= this.search.isOn
      ? this._ofExperiment().filter(run => this.search.matches(run.id))
      : this._ofExperiment();
    return this._matched;
  }

  private _onRunsChanged(): void {
    const isGone = (id: string) => this._runs.run(id)?.lifecycle === 'deleted';
    for (const id of [...this._selection].filter(isGone)) {
      this._selection.delete(id);
    }
    if (this._activeId !== null && isGone(this._activeId)) {
      this._activeId = null;
    }
    const chosen = this._runs.experiments.find(({ id }) => id === this._experimentId);
    if (chosen?.lifecycle === 'deleted') {
      this.experimentId = null;
    }
    this._emit();
  }

  private _emit(): void {
    this._items = this._columns = this._matched = null;
    this._announce();
  }

  private _announce(): void {
    (this.changed as Signal<this, void>).emit();
  }

  private _experimentId: string | null = null;
  private _chosenColumns: readonly string[] | null = null;
  private _columns: readonly string[] | null = null;
  private _matched: readonly IRunRow[] | null = null;
  private _items: IRunItem[] | null = null;
  private _activeId: string | null = null;
  private readonly _selection = new Set<string>();
  private readonly _expanded = new Set<string>();
  private _isDisposed = false;
}

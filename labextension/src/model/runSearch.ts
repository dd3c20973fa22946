import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import type {
  ApiError,
  IClient,
  ICompletions,
  IFilterRequest,
  IPlace,
  IRunsPage,
  IStoreEvents
} from '../api';
import type { IRunsModel } from './runs';
import { StoreFollower } from './storeFollower';

/** Small, so that the newest matches are there at once; the rest follows in larger pages. */
const FIRST_PAGE = 200;
const PAGE = 1000;
/** Who types on doesn't ask yet. */
const TYPING_MS = 200;
/** What can't be read yet is no mistake before its writer pauses. */
const PAUSE_MS = 800;
/** What depends on the time of day is searched for again now and then. */
const TIMED = /\b(age|duration)\b/i;
const TIMED_MS = 60_000;

/** Finds runs by a filter or by words of their names, and keeps what it found up to date. */
export interface IRunSearch extends IDisposable {
  readonly changed: ISignal<IRunSearch, void>;
  /** What was typed; blank finds everything. */
  text: string;
  /** Where to look; null for all experiments. */
  experimentId: string | null;
  /** A filter has been applied. What it left stays until the next one that can be read. */
  readonly isOn: boolean;
  /** The answer to what was typed last is still on its way. */
  readonly isSearching: boolean;
  /** The filter was read as words of runs' names. */
  readonly isWords: boolean;
  /** The metrics that the filter names. */
  readonly metrics: readonly string[];
  /** Why the filter can't be read. */
  readonly mistake: IPlace | null;
  /** What may be misspelt where nothing was found. */
  readonly hint: IPlace | null;
  matches(runId: string): boolean;
  /** Don't wait for more to be typed. */
  hurry(): void;
  /** What can stand at the end of a filter that is being written. */
  complete(written: string): Promise<ICompletions>;
}

export class RunSearch extends StoreFollower implements IRunSearch {
  constructor(options: { client: IClient; runs: IRunsModel; events?: IStoreEvents }) {
    super(topic => topic === 'store', options.events);
    this._client = options.client;
    this._runs = options.runs;
  }

  get text(): string {
    return this._text;
  }
  set text(text: string) {
    if (text !== this._text) {
      this._text = text;
      this._ask(TYPING_MS, PAUSE_MS);
    }
  }

  get experimentId(): string | null {
    return this._experimentId;
  }
  set experimentId(id: string | null) {
    if (id !== this._experimentId) {
      this._experimentId = id;
      this._applied = null;
      if (this._found !== null) {
        this._found = new Set();
      }
      this._ask(0, 0);
    }
  }

  get isOn(): boolean {
    return this._found !== null;
  }

  get isSearching(): boolean {
    return this._isSearching;
  }

  get isWords(): boolean {
    return this._isWords;
  }

  get metrics(): readonly string[] {
    return this._metrics;
  }

  get mistake(): IPlace | null {
    return this._mistake;
  }

  get hint(): IPlace | null {
    return this._hint;
  }

  matches(runId: string): boolean {
    return this._found === null || this._found.has(runId);
  }

  hurry(): void {
    this._ask(0, 0);
  }

  complete(written: string): Promise<ICompletions> {
    return this._client.completions(written, this._experimentId ?? undefined);
  }

  dispose(): void {
    this._wanted = this._applied = null;
    clearTimeout(this._timer);
    super.dispose();
  }

  /** Looks at what changed in the store since the last answer. */
  protected async update(): Promise<void> {
    const applied = this._applied;
    if (applied === null || applied === this._loading) {
      return;
    }
    try {
      const page = await this._client.runsSince(this._seq, applied);
      if (this._applied !== applied) {
        return;
      }
      const isOld = TIMED.test(applied.filter ?? '') && Date.now() - this._readAt > TIMED_MS;
      const isBroken = this._readAt === 0 || page.seq < this._seq;
      if ((isOld || isBroken) && this._wanted === applied) {
        await this._load(applied);
      } else {
        this._merge(page);
      }
    } catch {
      // The next change, or the regular look, asks again from here; the list of runs says that the server is away.
    }
  }

  private _ask(delayMs: number, pauseMs: number): void {
    clearTimeout(this._timer);
    this._mistake = null;
    this._hint = null;
    if (this._text.trim() === '') {
      this._wanted = this._applied = this._found = null;
      this._metrics = [];
      this._isSearching = false;
    } else {
      const request = { filter: this._text, experiment: this._experimentId ?? undefined };
      this._wanted = request;
      this._isSearching = true;
      this._timer = setTimeout(() => void this._search(request, pauseMs), delayMs);
    }
    this.emit();
  }

  private async _search(request: IFilterRequest, pauseMs: number): Promise<void> {
    this._loading = request;
    try {
      await this._load(request);
    } catch (error) {
      if (this._wanted === request) {
        this._timer = setTimeout(() => this._refuse(error as ApiError), pauseMs);
      }
    } finally {
      if (this._loading === request) {
        this._loading = null;
      }
    }
    // What changed while the pages came.
    await this.refresh();
  }

  private _refuse({ message, place }: ApiError): void {
    this._mistake = place ?? { message, position: null, length: 0, suggestion: null };
    this._isSearching = false;
    if (this._applied === null) {
      this._found = null; // nothing was ever asked of this experiment
    }
    this.emit();
  }

  /** Answers that nobody waits for any more are dropped. */
  private async _load(request: IFilterRequest): Promise<void> {
    const isAgain = this._applied === request;
    const found = new Set<string>();
    let page = await this._client.runs({ ...request, limit: FIRST_PAGE });
    const { seq } = page;
    while (this._wanted === request) {
      page.runs.forEach(run => found.add(run.id));
      this._runs.adopt(page.runs);
      if (page.cursor === null || !isAgain) {
        this._found = found;
      }
      if (this._applied !== request) {
        this._applied = request;
        this._isWords = page.isWords ?? false;
        this._metrics = page.metrics ?? [];
        this._hint = page.hints?.[0] ?? null;
        this._isSearching = false;
      }
      this._seq = seq;
      this._readAt = page.cursor === null ? Date.now() : 0;
      this.emit();
      if (page.cursor === null) {
        return;
      }
      page = await this._client.runs({ ...request, limit: PAGE, cursor: page.cursor });
    }
  }

  private _merge(page: IRunsPage): void {
    this._seq = page.seq;
    const matching = new Set(page.matching);
    const moved = page.runs.filter(({ id }) => matching.has(id) !== this._found?.has(id));
    for (const { id } of moved) {
      if (!this._found?.delete(id)) {
        this._found?.add(id);
      }
    }
    this._runs.adopt(page.runs.filter(({ id }) => matching.has(id)));
    if (moved.length > 0) {
      this._hint = null;
      this.emit();
    }
  }

  private readonly _client: IClient;
  private readonly _runs: IRunsModel;
  private _text = '';
  private _experimentId: string | null = null;
  /** What was asked last, and what the matches are of. */
  private _wanted: IFilterRequest | null = null;
  private _applied: IFilterRequest | null = null;
  /** Whose pages are on their way. */
  private _loading: IFilterRequest | null = null;
  private _found: Set<string> | null = null;
  private _seq = 0;
  /** When all pages had come; 0 while they come. */
  private _readAt = 0;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _isSearching = false;
  private _isWords = false;
  private _metrics: readonly string[] = [];
  private _mistake: IPlace | null = null;
  private _hint: IPlace | null = null;
}

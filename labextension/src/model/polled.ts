import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { ApiError, IStoreEvents, Topic } from '../api';
import { Refresher } from './refresher';
import type { LoadState } from './runs';

/** A short list of the server that is read again whenever its topic changes. */
export interface IPolledList<T> extends IDisposable {
  readonly changed: ISignal<IPolledList<T>, void>;
  readonly state: LoadState;
  readonly error: ApiError | null;
  readonly entries: readonly T[];
  refresh(): Promise<void>;
}

export class PolledList<T> implements IPolledList<T> {
  constructor(
    private readonly _load: () => Promise<readonly T[]>,
    private readonly _topic: Topic,
    private readonly _events?: IStoreEvents
  ) {
    this._events?.changed.connect(this._onStoreChanged, this);
    void this.refresh();
  }

  readonly changed: ISignal<this, void> = new Signal<this, void>(this);

  get state(): LoadState {
    return this._state;
  }

  get error(): ApiError | null {
    return this._error;
  }

  get entries(): readonly T[] {
    return this._entries;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  refresh(): Promise<void> {
    return this._refresher.refresh();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._events?.changed.disconnect(this._onStoreChanged, this);
    Signal.clearData(this);
  }

  private _onStoreChanged(_: IStoreEvents, topic: Topic): void {
    if (topic === this._topic) {
      void this.refresh();
    }
  }

  private async _update(): Promise<void> {
    try {
      this._entries = await this._load();
      this._error = null;
      this._state = 'ready';
    } catch (error) {
      this._error = error as ApiError;
      this._state = this._state === 'ready' ? 'ready' : 'failed';
    }
    if (!this._isDisposed) {
      (this.changed as Signal<this, void>).emit();
    }
  }

  private readonly _refresher = new Refresher(() => this._update());
  private _entries: readonly T[] = [];
  private _error: ApiError | null = null;
  private _state: LoadState = 'loading';
  private _isDisposed = false;
}

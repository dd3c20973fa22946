import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import type { ApiError, IStoreEvents, Topic } from '../api';
import type { LoadState } from './runs';
import { StoreFollower } from './storeFollower';

/** A short list of the server that is read again whenever its topic changes. */
export interface IPolledList<T> extends IDisposable {
  readonly changed: ISignal<IPolledList<T>, void>;
  readonly state: LoadState;
  readonly error: ApiError | null;
  readonly entries: readonly T[];
  refresh(): Promise<void>;
}

export class PolledList<T> extends StoreFollower implements IPolledList<T> {
  constructor(
    private readonly _load: () => Promise<readonly T[]>,
    topic: Topic,
    events?: IStoreEvents
  ) {
    super(changed => changed === topic, events);
    void this.refresh();
  }

  get state(): LoadState {
    return this._state;
  }

  get error(): ApiError | null {
    return this._error;
  }

  get entries(): readonly T[] {
    return this._entries;
  }

  protected async update(): Promise<void> {
    try {
      this._entries = await this._load();
      this._error = null;
      this._state = 'ready';
    } catch (error) {
      this._error = error as ApiError;
      this._state = this._state === 'ready' ? 'ready' : 'failed';
    }
    this.emit();
  }

  private _entries: readonly T[] = [];
  private _error: ApiError | null = null;
  private _state: LoadState = 'loading';
}

import type { Event } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IStoreChanged } from './types';

export const STORE_CHANGED = 'https://nbtrack.dev/events/store-changed';

/** The events may be lost while the connection is down; nothing stays stale for longer than this. */
const SAFETY_POLL_MS = 15_000;

export type Topic = IStoreChanged['topic'];

/** Says when something in the store changed. */
export interface IStoreEvents extends IDisposable {
  readonly changed: ISignal<IStoreEvents, Topic>;
}

export class StoreEvents implements IStoreEvents {
  constructor(events: Event.IManager) {
    this._stream = events.stream;
    this._stream.connect(this._onEvent, this);
    this._poll = new Poll({
      name: 'nbtrack:safety-poll',
      factory: () => this._emitAll(),
      frequency: { interval: SAFETY_POLL_MS, backoff: false },
      standby: 'when-hidden'
    });
    document.addEventListener('visibilitychange', this._onVisible);
  }

  readonly changed: ISignal<this, Topic> = new Signal<this, Topic>(this);

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    document.removeEventListener('visibilitychange', this._onVisible);
    this._stream.disconnect(this._onEvent, this);
    this._poll.dispose();
    Signal.clearData(this);
  }

  private _onEvent(_: Event.IManager, event: Event.Emission): void {
    if (event.schema_id === STORE_CHANGED) {
      this._emit((event as unknown as IStoreChanged).topic);
    }
  }

  private readonly _onVisible = (): void => {
    if (document.visibilityState === 'visible') {
      void this._poll.refresh();
    }
  };

  private async _emitAll(): Promise<void> {
    this._emit('store');
    this._emit('deployments');
  }

  private _emit(topic: Topic): void {
    (this.changed as Signal<this, Topic>).emit(topic);
  }

  private readonly _stream: Event.Stream;
  private readonly _poll: Poll;
}

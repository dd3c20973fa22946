import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IStoreEvents, Topic } from '../api';
import { Refresher } from './refresher';

/** What is read from the server, and read again when something of its topic changes there. */
export abstract class StoreFollower implements IDisposable {
  constructor(
    private readonly _isOfTopic: (topic: Topic) => boolean,
    private readonly _events?: IStoreEvents
  ) {
    this._events?.changed.connect(this._onStoreChanged, this);
  }

  readonly changed: ISignal<this, void> = new Signal<this, void>(this);

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

  /** Reads what is new; called again when it is through, if it was asked for meanwhile. */
  protected abstract update(): Promise<void>;

  protected emit(): void {
    if (!this._isDisposed) {
      (this.changed as Signal<this, void>).emit();
    }
  }

  private _onStoreChanged(_: IStoreEvents, topic: Topic): void {
    if (this._isOfTopic(topic)) {
      void this.refresh();
    }
  }

  private readonly _refresher = new Refresher(() => this.update());
  private _isDisposed = false;
}

import { Signal } from '@lumino/signaling';
import type { IStoreEvents, Topic } from '../../src/api';

export class FakeEvents implements IStoreEvents {
  readonly changed = new Signal<this, Topic>(this);
  readonly isDisposed = false;
  dispose(): void {
    Signal.clearData(this);
  }
}

import { type ISignal, Signal } from '@lumino/signaling';
import type { IDisposable } from '@lumino/disposable';
import type { IClient, IHistory } from '../api';

/** One metric of one run, and how many points it has by now. */
export interface IWantedCurve {
  runId: string;
  key: string;
  count: number;
}

function nameOf(runId: string, key: string): string {
  return `${runId}\n${key}`;
}

/** Fetches the points of curves once, and again when there are more of them. */
export class Histories implements IDisposable {
  constructor(private readonly _client: Pick<IClient, 'history'>) {}

  /** A curve has arrived, or couldn't be had. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get(runId: string, key: string): IHistory | undefined {
    return this._loaded.get(nameOf(runId, key));
  }

  /** Why a curve isn't there; null when nothing went wrong. */
  error(runId: string, key: string): string | null {
    return this._errors.get(nameOf(runId, key)) ?? null;
  }

  /** Have these curves fetched unless they are here, as long as they are now. */
  async want(curves: readonly IWantedCurve[]): Promise<void> {
    await Promise.all(curves.map(curve => this._load(curve)));
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private async _load({ runId, key, count }: IWantedCurve): Promise<void> {
    const name = nameOf(runId, key);
    if (this._asked.get(name) === count) {
      return;
    }
    this._asked.set(name, count);
    try {
      const history = await this._client.history(runId, key);
      // An answer that a later question has overtaken is old.
      if (this._asked.get(name) === count) {
        this._loaded.set(name, history);
        this._errors.delete(name);
      }
    } catch (error) {
      this._asked.delete(name);
      this._errors.set(name, error instanceof Error ? error.message : String(error));
    }
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _asked = new Map<string, number>();
  private readonly _loaded = new Map<string, IHistory>();
  private readonly _errors = new Map<string, string>();
  private readonly _changed = new Signal<this, void>(this);
  private _isDisposed = false;
}

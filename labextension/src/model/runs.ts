import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import type { IExperiment, IRunRow } from '../api';

/** The experiments and runs of the open store, kept up to date as kernels write. */
export interface IRunsModel extends IDisposable {
  /** Anything that a view shows has changed. */
  readonly changed: ISignal<IRunsModel, void>;
  /** The ids of the runs that are new or changed in the store. */
  readonly runsChanged: ISignal<IRunsModel, readonly string[]>;
  readonly experiments: readonly IExperiment[];
  /** The experiment whose runs are shown; null for all. */
  readonly experimentId: string | null;
  /** Resolves when the first answer is here. */
  readonly ready: Promise<void>;
  /** A run that is loaded; undefined when it isn't (`IClient.run` gets any). */
  run(id: string): IRunRow | undefined;
}

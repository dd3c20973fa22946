import type { Kernel } from '@jupyterlab/services';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IModel, IRunDetail } from '../api';
import { guessModelType, guessTarget, isEvaluable, type ModelType } from './guess';
import type { IFrame } from './kernelFrames';

/** A DataFrame and where it lives. */
export interface ISource {
  notebook: string;
  kernel: Kernel.IKernelConnection;
  frame: IFrame;
}

/** What the dialog asks: which model, on what, against which column. */
export class EvaluateForm {
  constructor(
    readonly detail: IRunDetail,
    readonly sources: readonly ISource[]
  ) {
    this._model = detail.models[0];
    this._source =
      sources.find(({ frame }) => isEvaluable(frame.columns, detail)) ?? sources[0] ?? null;
    this._modelType = guessModelType(this._model, detail);
    this._target = this._guessTarget();
  }

  readonly changed: ISignal<this, void> = new Signal<this, void>(this);

  /** The columns to choose the target from; empty when only the file knows. */
  get columns(): readonly string[] {
    return this._source?.frame.columns ?? [];
  }

  get model(): IModel {
    return this._model;
  }
  set model(model: IModel) {
    this._model = model;
    this._modelType = guessModelType(model, this.detail);
    this._emit();
  }

  /** Null for a file. */
  get source(): ISource | null {
    return this._source;
  }
  set source(source: ISource | null) {
    this._source = source;
    this._target = this._guessTarget();
    this._emit();
  }

  get file(): string {
    return this._file;
  }
  set file(file: string) {
    this._file = file;
    this._emit();
  }

  get target(): string {
    return this._target;
  }
  set target(target: string) {
    this._target = target;
    this._emit();
  }

  get modelType(): ModelType {
    return this._modelType;
  }
  set modelType(modelType: ModelType) {
    this._modelType = modelType;
    this._emit();
  }

  private _guessTarget(): string {
    return guessTarget(this.columns, this.detail);
  }

  private _emit(): void {
    (this.changed as Signal<this, void>).emit();
  }

  private _model: IModel;
  private _source: ISource | null;
  private _file = '';
  private _target: string;
  private _modelType: ModelType;
}

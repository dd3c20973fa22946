import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';
import type { PanelLayout } from '@lumino/widgets';
import type { IRunsModel } from '../model';
import { runsOfCell } from './cellRuns';
import { ChipWidget } from './ChipWidget';

export interface INotebookChipsOptions {
  panel: NotebookPanel;
  runs: IRunsModel;
  commands: CommandRegistry;
  trans: TranslationBundle;
}

/** Keeps a chip under every cell of a notebook that made a run. */
export class NotebookChips implements IDisposable {
  constructor(private readonly _options: INotebookChipsOptions) {
    const { panel, runs } = _options;
    runs.changed.connect(this._update, this);
    panel.context.pathChanged.connect(this._update, this);
    panel.content.modelContentChanged.connect(this._update, this);
    panel.disposed.connect(this.dispose, this);
    void panel.context.ready.then(() => this._update());
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    const { panel, runs } = this._options;
    runs.changed.disconnect(this._update, this);
    panel.context.pathChanged.disconnect(this._update, this);
    panel.content.modelContentChanged.disconnect(this._update, this);
    panel.disposed.disconnect(this.dispose, this);
    this._chips.forEach(chip => chip.dispose());
    this._chips.clear();
  }

  private _update(): void {
    if (this._isDisposed || this._options.panel.isDisposed) {
      return;
    }
    for (const cell of this._options.panel.content.widgets) {
      this._updateCell(cell);
    }
    for (const [cell, chip] of this._chips) {
      if (cell.isDisposed) {
        chip.dispose();
        this._chips.delete(cell);
      }
    }
  }

  private _updateCell(cell: Cell): void {
    const { panel, runs, commands, trans } = this._options;
    const shown = runsOfCell(runs, cell.model.id, panel.context.localPath);
    const chip = this._chips.get(cell);
    if (shown === null) {
      chip?.dispose();
      this._chips.delete(cell);
    } else if (chip) {
      chip.showRuns(shown);
    } else {
      const made = new ChipWidget(shown, commands, trans);
      this._chips.set(cell, made);
      // A cell that was never in view has no parts yet, and they would end up below the chip.
      void cell.ready.then(() => insert(cell, made));
    }
  }

  private readonly _chips = new Map<Cell, ChipWidget>();
  private _isDisposed = false;
}

/** Last but for the cell's footer, so that it stands under the output. */
function insert(cell: Cell, chip: ChipWidget): void {
  if (cell.isDisposed || chip.isDisposed) {
    return;
  }
  const layout = cell.layout as PanelLayout;
  layout.insertWidget(layout.widgets.length - 1, chip);
}

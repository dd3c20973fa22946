import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import React from 'react';
import { CommandIDs } from '../commands';
import { Guard } from '../component';
import type { ICellRuns } from './cellRuns';
import { Chip } from './Chip';
import { openChipMenu } from './chipMenu';

/** The line under a cell. */
export class ChipWidget extends ReactWidget {
  constructor(
    private _shown: ICellRuns,
    private readonly _commands: CommandRegistry,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('nbt-Chip');
  }

  showRuns(shown: ICellRuns): void {
    if (shown.run !== this._shown.run || shown.others !== this._shown.others) {
      this._shown = shown;
      this.update();
    }
  }

  protected render(): JSX.Element {
    const runId = this._shown.run.id;
    return (
      <Guard trans={this._trans} isSmall>
        <Chip
          {...this._shown}
          trans={this._trans}
          open={() => void this._commands.execute(CommandIDs.openRun, { runId })}
          openMenu={anchor => openChipMenu(this._commands, runId, anchor)}
        />
      </Guard>
    );
  }
}

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import React from 'react';
import { CommandIDs } from '../commands';
import { IRunsModel } from '../tokens';
import { StatusItem } from './StatusItem';
import { openStatusMenu } from './statusMenu';

export const status: JupyterFrontEndPlugin<void> = {
  id: 'nbtrack:status',
  description: 'Shows in the status bar which runs are open.',
  autoStart: true,
  requires: [IRunsModel],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    runs: IRunsModel,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbtrack');
    const item = ReactWidget.create(
      <UseSignal signal={runs.changed}>
        {() => (
          <StatusItem
            runs={runs}
            trans={trans}
            show={() => void app.commands.execute(CommandIDs.show)}
            openMenu={(open, anchor) => openStatusMenu(app.commands, open, anchor, trans)}
          />
        )}
      </UseSignal>
    );
    statusBar?.registerStatusItem('nbtrack:status', { item, align: 'left', rank: 10 });
  }
};

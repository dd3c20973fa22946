import { Notification } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { NotebookActions, NotebookPanel, type INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { IClient } from '../api';
import type { IRunList } from '../model';
import { describeArgs, runIdsArg, stringArg } from './args';
import { CommandIDs } from './ids';
import { loadingCode } from './loadingCode';
import { reporting } from './report';

export interface INotebookCommandsOptions {
  commands: CommandRegistry;
  client: IClient;
  list: IRunList;
  documents: IDocumentManager;
  tracker: INotebookTracker;
  trans: TranslationBundle;
}

/** From a run to the notebook: its cell, and code that loads it. */
export function addNotebookCommands(options: INotebookCommandsOptions): void {
  const { commands, client, list, documents, tracker, trans } = options;

  commands.addCommand(CommandIDs.insertCode, {
    label: trans.__('Insert Loading Code'),
    describedBy: describeArgs({
      runId: { type: 'string', description: trans.__('The run') },
      modelPath: {
        type: 'string',
        description: trans.__('Which of its models; the first if left out')
      }
    }),
    isEnabled: args => tracker.currentWidget !== null && runIdsArg(args, list.targets).length > 0,
    execute: async args => {
      const panel = tracker.currentWidget;
      const [runId] = runIdsArg(args, list.targets);
      const detail = await reporting(() => client.run(runId));
      if (panel === null || detail === null) {
        return;
      }
      const path = stringArg(args, 'modelPath');
      const model = detail.models.find(each => path === null || each.path === path) ?? null;
      NotebookActions.insertBelow(panel.content);
      panel.content.activeCell?.model.sharedModel.setSource(loadingCode(runId, model));
    }
  });

  commands.addCommand(CommandIDs.goToCell, {
    label: trans.__('Go to the Cell'),
    describedBy: describeArgs({
      notebook: { type: 'string', description: trans.__('Path of the notebook'), isRequired: true },
      cellId: { type: 'string', description: trans.__('The cell in it') }
    }),
    execute: async args => {
      const notebook = stringArg(args, 'notebook');
      const cellId = stringArg(args, 'cellId');
      const panel = notebook === null ? undefined : documents.openOrReveal(notebook);
      if (!(panel instanceof NotebookPanel)) {
        return;
      }
      await panel.revealed;
      const index = panel.content.widgets.findIndex(cell => cell.model.id === cellId);
      if (index >= 0) {
        panel.content.activeCellIndex = index;
        await panel.content.scrollToItem(index);
      } else if (cellId !== null) {
        Notification.info(trans.__('The cell is no longer in this notebook.'), { autoClose: 5000 });
      }
    }
  });
}

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { IRunsModel } from '../tokens';
import { NotebookChips } from './NotebookChips';

export const chip: JupyterFrontEndPlugin<void> = {
  id: 'nbtrack:chip',
  description: 'Shows under each cell of a notebook the run that it made.',
  autoStart: true,
  requires: [IRunsModel],
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, runs: IRunsModel, translator: ITranslator | null) => {
    const trans = (translator ?? nullTranslator).load('nbtrack');
    app.docRegistry.addWidgetExtension('Notebook', {
      createNew: (panel: NotebookPanel) =>
        new NotebookChips({ panel, runs, commands: app.commands, trans })
    });
  }
};

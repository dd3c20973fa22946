import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { IClient, IRegisteredModelsModel, IRunList, IRunsModel } from '../tokens';
import { addExperimentCommands } from './experimentCommands';
import { CommandIDs } from './ids';
import { addModelCommands } from './modelCommands';
import { addNotebookCommands } from './notebookCommands';
import { addRunCommands } from './runCommands';

const IN_PALETTE = [
  CommandIDs.openSelected,
  CommandIDs.compareSelected,
  CommandIDs.renameRun,
  CommandIDs.deleteRuns,
  CommandIDs.copyRunId,
  CommandIDs.registerModel,
  CommandIDs.createExperiment,
  CommandIDs.renameExperiment,
  CommandIDs.deleteExperiment
];

export const commands: JupyterFrontEndPlugin<void> = {
  id: 'nbtrack:commands',
  description: 'Adds the commands on runs, experiments and models.',
  autoStart: true,
  requires: [IClient, IRunsModel, IRunList, IRegisteredModelsModel],
  optional: [ITranslator, ICommandPalette, IDocumentManager, INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    client: IClient,
    runs: IRunsModel,
    list: IRunList,
    models: IRegisteredModelsModel,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    documents: IDocumentManager | null,
    tracker: INotebookTracker | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbtrack');
    addRunCommands({ commands: app.commands, client, runs, list, trans });
    addExperimentCommands({ app, client, runs, list, trans });
    addModelCommands({ commands: app.commands, client, list, models, trans });
    if (documents && tracker) {
      addNotebookCommands({ commands: app.commands, client, list, documents, tracker, trans });
    }
    for (const command of IN_PALETTE) {
      palette?.addItem({ command, category: trans.__('nbtrack') });
    }
  }
};

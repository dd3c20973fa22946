import { type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commands';
import { IClient, IDeploymentsModel, IRunList, IRunsModel } from '../tokens';
import { addServeCommands } from './serveCommands';

export const serve: JupyterFrontEndPlugin<void> = {
  id: 'nbtrack:serve',
  description: 'Serves models of runs and shows how they do.',
  autoStart: true,
  requires: [IClient, IRunsModel, IRunList, IDeploymentsModel],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    client: IClient,
    runs: IRunsModel,
    list: IRunList,
    deployments: IDeploymentsModel,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbtrack');
    addServeCommands({ app, client, runs, list, deployments, trans });
    palette?.addItem({ command: CommandIDs.serve, category: trans.__('nbtrack') });
  }
};

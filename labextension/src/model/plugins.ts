import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Client, StoreEvents } from '../api';
import {
  IClient,
  IDeploymentsModel,
  IRegisteredModelsModel,
  IRunList,
  IRunsModel,
  IStoreEvents
} from '../tokens';
import { DeploymentsModel } from './deployments';
import { RegisteredModelsModel } from './registeredModels';
import { RunList } from './runList';
import { RunSearch } from './runSearch';
import { RunsModel } from './runs';

export const client: JupyterFrontEndPlugin<IClient> = {
  id: 'nbtrack:client',
  description: 'Talks to the nbtrack part of the Jupyter server.',
  autoStart: true,
  provides: IClient,
  activate: (app: JupyterFrontEnd) => new Client(app.serviceManager.serverSettings)
};

export const events: JupyterFrontEndPlugin<IStoreEvents> = {
  id: 'nbtrack:events',
  description: 'Listens to changes of the store.',
  autoStart: true,
  provides: IStoreEvents,
  activate: (app: JupyterFrontEnd) => new StoreEvents(app.serviceManager.events)
};

export const runs: JupyterFrontEndPlugin<IRunsModel> = {
  id: 'nbtrack:runs',
  description: 'Provides the experiments and runs of the open store.',
  autoStart: true,
  requires: [IClient, IStoreEvents],
  provides: IRunsModel,
  activate: (app: JupyterFrontEnd, client: IClient, events: IStoreEvents) =>
    new RunsModel({ client, events })
};

export const runList: JupyterFrontEndPlugin<IRunList> = {
  id: 'nbtrack:run-list',
  description: 'Provides what the list of runs shows and which runs are selected.',
  autoStart: true,
  requires: [IClient, IStoreEvents, IRunsModel],
  provides: IRunList,
  activate: (app: JupyterFrontEnd, client: IClient, events: IStoreEvents, runs: IRunsModel) =>
    new RunList(runs, new RunSearch({ client, events, runs }))
};

export const registeredModels: JupyterFrontEndPlugin<IRegisteredModelsModel> = {
  id: 'nbtrack:registered-models',
  description: 'Provides the registered models of the open store.',
  autoStart: true,
  requires: [IClient, IStoreEvents],
  provides: IRegisteredModelsModel,
  activate: (app: JupyterFrontEnd, client: IClient, events: IStoreEvents) =>
    new RegisteredModelsModel({ client, events })
};

export const deployments: JupyterFrontEndPlugin<IDeploymentsModel> = {
  id: 'nbtrack:deployments',
  description: 'Provides the models that this server serves.',
  autoStart: true,
  requires: [IClient, IStoreEvents],
  provides: IDeploymentsModel,
  activate: (app: JupyterFrontEnd, client: IClient, events: IStoreEvents) =>
    new DeploymentsModel({ client, events })
};

export default [client, events, runs, runList, registeredModels, deployments];

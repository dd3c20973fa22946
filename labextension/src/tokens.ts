import { Token } from '@lumino/coreutils';
import type { IClient as IClientType, IStoreEvents as IStoreEventsType } from './api';
import type {
  IDeploymentsModel as IDeploymentsModelType,
  IRegisteredModelsModel as IRegisteredModelsModelType,
  IRunList as IRunListType,
  IRunsModel as IRunsModelType
} from './model';

export type IClient = IClientType;
export const IClient = new Token<IClient>('nbtrack:IClient', 'Talks to /nbtrack/api.');

export type IStoreEvents = IStoreEventsType;
export const IStoreEvents = new Token<IStoreEvents>(
  'nbtrack:IStoreEvents',
  'Says when the store or a deployment changed.'
);

export type IRunsModel = IRunsModelType;
export const IRunsModel = new Token<IRunsModel>(
  'nbtrack:IRunsModel',
  'The experiments and runs of the open store, live.'
);

export type IRunList = IRunListType;
export const IRunList = new Token<IRunList>(
  'nbtrack:IRunList',
  'What the list of runs shows, and which runs are selected in it.'
);

export type IRegisteredModelsModel = IRegisteredModelsModelType;
export const IRegisteredModelsModel = new Token<IRegisteredModelsModel>(
  'nbtrack:IRegisteredModelsModel',
  'The registered models of the open store, live.'
);

export type IDeploymentsModel = IDeploymentsModelType;
export const IDeploymentsModel = new Token<IDeploymentsModel>(
  'nbtrack:IDeploymentsModel',
  'The models that are served, live.'
);

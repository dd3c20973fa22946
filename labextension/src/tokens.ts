import { Token } from '@lumino/coreutils';
import type { IClient as IClientType } from './api';
import type { IRunsModel as IRunsModelType } from './model';

export type IClient = IClientType;
export const IClient = new Token<IClient>('nbtrack:IClient', 'Talks to /nbtrack/api.');

export type IRunsModel = IRunsModelType;
export const IRunsModel = new Token<IRunsModel>(
  'nbtrack:IRunsModel',
  'The experiments and runs of the open store, live.'
);

import type { IClient, IRegisteredModel, IStoreEvents } from '../api';
import { PolledList, type IPolledList } from './polled';

/** The model registry of the open store. */
export type IRegisteredModelsModel = IPolledList<IRegisteredModel>;

export class RegisteredModelsModel extends PolledList<IRegisteredModel> {
  constructor(options: { client: IClient; events?: IStoreEvents }) {
    super(() => options.client.models(), 'store', options.events);
  }
}

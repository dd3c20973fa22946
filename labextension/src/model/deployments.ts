import type { IClient, IDeployment, IStoreEvents } from '../api';
import { PolledList, type IPolledList } from './polled';

/** The models that this server is serving or has served. */
export type IDeploymentsModel = IPolledList<IDeployment>;

export class DeploymentsModel extends PolledList<IDeployment> {
  constructor(options: { client: IClient; events?: IStoreEvents }) {
    super(() => options.client.deployments(), 'deployments', options.events);
  }
}

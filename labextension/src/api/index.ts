export * from './types';
export { ApiError } from './request';
export {
  Client,
  type IClient,
  type IEvaluateRequest,
  type IFilterRequest,
  type IRunsRequest
} from './client';
export { StoreEvents, type IStoreEvents, type Topic } from './events';

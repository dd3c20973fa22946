export { DeploymentsModel, type IDeploymentsModel } from './deployments';
export { metricKeys, usualMetrics } from './metricColumns';
export {
  RegisteredModelsModel,
  type IRegisteredModelsModel,
  type VersionReading
} from './registeredModels';
export { RunList, type IRunList } from './runList';
export { RunsModel, type IRunsModel, type LoadState } from './runs';
export { RunSearch, type IRunSearch } from './runSearch';
export type { IRunItem } from './runTree';

export type { IRunsModel } from './runs';

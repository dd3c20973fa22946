export { modelTab } from './plugin';

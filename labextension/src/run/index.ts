export { runTab } from './plugin';

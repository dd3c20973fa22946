export { sidebar } from './plugin';

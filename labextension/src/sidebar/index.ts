export { address } from './address';
export { sidebar } from './plugin';

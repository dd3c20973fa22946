export { showAtStart } from './showAtStart';
export { sidebar } from './plugin';

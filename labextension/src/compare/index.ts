export { compareTab } from './plugin';

export { evaluate } from './plugin';

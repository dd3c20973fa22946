export { chip } from './plugin';

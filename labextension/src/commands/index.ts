export { CommandIDs } from './ids';

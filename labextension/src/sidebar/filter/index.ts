export { RunFilterBox } from './RunFilterBox';
export { corrected } from './correction';

export { describeArgs, runIdsArg, stringArg } from './args';
export { chooseModel } from './chooseModel';
export { CommandIDs } from './ids';
export { reporting } from './report';

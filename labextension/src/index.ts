import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { chip } from './chip';
import { commands } from './commands/plugin';
import { compareTab } from './compare';
import { evaluate } from './evaluate';
import models from './model/plugins';
import { modelTab } from './modelTab';
import { runTab } from './run';
import { serve } from './serve';
import { showAtStart, sidebar } from './sidebar';
import { status } from './status';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  ...models,
  commands,
  serve,
  evaluate,
  sidebar,
  showAtStart,
  runTab,
  modelTab,
  compareTab,
  chip,
  status
];

export default plugins;

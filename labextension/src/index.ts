import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { commands } from './commands/plugin';
import { compareTab } from './compare';
import models from './model/plugins';
import { runTab } from './run';
import { sidebar } from './sidebar';

const plugins: JupyterFrontEndPlugin<unknown>[] = [...models, commands, sidebar, runTab, compareTab];

export default plugins;

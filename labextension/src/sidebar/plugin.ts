import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commands';
import { IDeploymentsModel, IRegisteredModelsModel, IRunList, IRunsModel } from '../tokens';
import { createActions } from './actions';
import { ColumnsSetting } from './columnsSetting';
import { openColumnsMenu } from './columnsMenu';
import { SidebarPanel } from './SidebarPanel';

export const sidebar: JupyterFrontEndPlugin<void> = {
  id: 'nbtrack:sidebar',
  description: 'Shows experiments, runs, models and deployments at the left.',
  autoStart: true,
  requires: [IRunsModel, IRunList, IRegisteredModelsModel, IDeploymentsModel],
  optional: [ITranslator, ILayoutRestorer, ISettingRegistry, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    runs: IRunsModel,
    list: IRunList,
    models: IRegisteredModelsModel,
    deployments: IDeploymentsModel,
    maybeTranslator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    settings: ISettingRegistry | null,
    palette: ICommandPalette | null
  ) => {
    const translator = maybeTranslator ?? nullTranslator;
    const trans = translator.load('nbtrack');
    const columns = new ColumnsSetting(list, settings);
    const actions = createActions(app.commands, anchor =>
      openColumnsMenu(anchor, { runs, list, trans, choose: chosen => columns.choose(chosen) })
    );
    const panel = new SidebarPanel({ runs, list, models, deployments, actions, translator });
    app.shell.add(panel, 'left', { rank: 350, type: 'nbtrack' });
    restorer?.add(panel, panel.id);
    app.commands.addCommand(CommandIDs.show, {
      label: trans.__('Show Experiments and Runs'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => app.shell.activateById(panel.id)
    });
    palette?.addItem({ command: CommandIDs.show, category: trans.__('nbtrack') });
  }
};

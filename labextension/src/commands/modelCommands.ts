import { Clipboard, InputDialog, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { IClient } from '../api';
import type { IRegisteredModelsModel, IRunList } from '../model';
import { describeArgs, runIdsArg, stringArg } from './args';
import { chooseModel } from './chooseModel';
import { CommandIDs } from './ids';
import { modelCode } from './loadingCode';
import { reporting } from './report';

export interface IModelCommandsOptions {
  commands: CommandRegistry;
  client: IClient;
  list: IRunList;
  models: IRegisteredModelsModel;
  trans: TranslationBundle;
}

export function addModelCommands(options: IModelCommandsOptions): void {
  const { commands, client, list, models, trans } = options;

  commands.addCommand(CommandIDs.copyModelCode, {
    label: trans.__('Copy Loading Code'),
    describedBy: describeArgs({
      modelUri: { type: 'string', description: trans.__('The model'), isRequired: true }
    }),
    execute: args => {
      const uri = stringArg(args, 'modelUri');
      if (uri !== null) {
        Clipboard.copyToSystem(modelCode(uri));
        Notification.info(trans.__('Copied the code that loads %1', uri), { autoClose: 2000 });
      }
    }
  });

  commands.addCommand(CommandIDs.registerModel, {
    label: trans.__('Register Model…'),
    describedBy: describeArgs({
      runId: { type: 'string', description: trans.__('The run') },
      modelPath: { type: 'string', description: trans.__('Which of its models') }
    }),
    isEnabled: args => runIdsArg(args, list.targets).length === 1,
    execute: async args => {
      const [runId] = runIdsArg(args, list.targets);
      const path = stringArg(args, 'modelPath');
      const model = await reporting(() => chooseModel(client, runId, path, trans));
      if (!model) {
        return;
      }
      const { value: name, button } = await InputDialog.getItem({
        title: trans.__('Register Model'),
        label: trans.__('A new name, or one that gets a new version'),
        items: models.entries.map(entry => entry.name),
        editable: true,
        current: model.name,
        okLabel: trans.__('Register')
      });
      if (!button.accept || !name) {
        return;
      }
      const made = await reporting(() =>
        client.registerModel(`runs:/${runId}/${model.path}`, name)
      );
      await models.refresh();
      if (made) {
        const text = trans.__('Registered version %1 of %2.', made.version, made.name);
        Notification.success(text, { autoClose: 5000 });
      }
    }
  });
}

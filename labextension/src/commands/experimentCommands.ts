import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { IClient, IExperiment } from '../api';
import type { IRunList, IRunsModel } from '../model';
import { describeArgs, stringArg } from './args';
import { CommandIDs } from './ids';
import { reporting } from './report';

export interface IExperimentCommandsOptions {
  app: JupyterFrontEnd;
  client: IClient;
  runs: IRunsModel;
  list: IRunList;
  trans: TranslationBundle;
}

export function addExperimentCommands(options: IExperimentCommandsOptions): void {
  const { app, client, runs, list, trans } = options;
  const oneExperiment = describeArgs({
    experimentId: {
      type: 'string',
      description: trans.__('The experiment; the chosen one if left out')
    }
  });
  const target = (args: ReadonlyPartialJSONObject): IExperiment | undefined => {
    const hit = app.contextMenuHitTest(node => node.dataset.experimentId !== undefined);
    const id = stringArg(args, 'experimentId') ?? hit?.dataset.experimentId ?? list.experimentId;
    return runs.experiments.find(experiment => experiment.id === id);
  };
  /** A command about one experiment. */
  const addCommand = (
    id: string,
    label: string,
    act: (experiment: IExperiment) => Promise<void>
  ): void => {
    app.commands.addCommand(id, {
      label,
      describedBy: oneExperiment,
      isEnabled: args => target(args) !== undefined,
      execute: async args => {
        const experiment = target(args);
        if (experiment !== undefined) {
          await act(experiment);
        }
      }
    });
  };
  /** Afterwards the lists are read anew. */
  const change = async (action: () => Promise<void>): Promise<void> => {
    await reporting(action);
    await runs.refresh();
  };

  app.commands.addCommand(CommandIDs.createExperiment, {
    label: trans.__('New Experiment…'),
    describedBy: describeArgs({}),
    execute: async () => {
      const { value, button } = await InputDialog.getText({
        title: trans.__('New Experiment'),
        label: trans.__('Name'),
        okLabel: trans.__('Create')
      });
      if (button.accept && value) {
        const made = await reporting(() => client.createExperiment(value));
        await runs.refresh();
        list.experimentId = made?.id ?? list.experimentId;
      }
    }
  });

  addCommand(CommandIDs.renameExperiment, trans.__('Rename Experiment…'), async experiment => {
    const { value, button } = await InputDialog.getText({
      title: trans.__('Rename Experiment'),
      label: trans.__('New name'),
      text: experiment.name,
      okLabel: trans.__('Rename')
    });
    if (button.accept && value && value !== experiment.name) {
      await change(() => client.renameExperiment(experiment.id, value));
    }
  });

  addCommand(CommandIDs.deleteExperiment, trans.__('Delete Experiment…'), async experiment => {
    const { button } = await showDialog({
      title: trans.__('Delete the experiment %1?', experiment.name),
      body: trans._n(
        'Its run disappears with it. Both can be restored.',
        'Its %1 runs disappear with it. All can be restored.',
        experiment.runs
      ),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.warnButton({ label: trans.__('Delete') })
      ]
    });
    if (button.accept) {
      await change(() => client.deleteExperiment(experiment.id));
    }
  });

  addCommand(CommandIDs.restoreExperiment, trans.__('Restore Experiment'), experiment =>
    change(() => client.restoreExperiment(experiment.id))
  );
}

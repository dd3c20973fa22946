import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, Notification, showDialog } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs, describeArgs, reporting, runIdsArg } from '../commands';
import { IClient, IRunList, IRunsModel } from '../tokens';
import { createBody } from './EvaluateView';
import { EvaluateForm } from './form';
import { runEvaluation } from './run';
import { openSources } from './sources';

const ERROR_SHOWN_MS = 15_000;

export const evaluate: JupyterFrontEndPlugin<void> = {
  id: 'nbtrack:evaluate',
  description: 'Evaluates models of runs on DataFrames of open kernels and on files.',
  autoStart: true,
  requires: [IClient, IRunsModel, IRunList],
  optional: [INotebookTracker, ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    client: IClient,
    runs: IRunsModel,
    list: IRunList,
    tracker: INotebookTracker | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbtrack');

    const ask = async (runId: string): Promise<EvaluateForm | null> => {
      const [detail, sources] = await Promise.all([client.run(runId), openSources(tracker)]);
      if (detail.models.length === 0) {
        Notification.info(trans.__('The run %1 has no model to evaluate.', detail.run.name));
        return null;
      }
      const form = new EvaluateForm(detail, sources);
      const { button } = await showDialog({
        title: trans.__('Evaluate %1', detail.run.name),
        body: createBody(form, trans),
        buttons: [
          Dialog.cancelButton({ label: trans.__('Cancel') }),
          Dialog.okButton({ label: trans.__('Evaluate') })
        ]
      });
      return button.accept ? form : null;
    };

    app.commands.addCommand(CommandIDs.evaluate, {
      label: trans.__('Evaluate…'),
      describedBy: describeArgs({ runId: { type: 'string', description: trans.__('The run') } }),
      isEnabled: args => {
        const ids = runIdsArg(args, list.targets);
        return ids.length === 1 && runs.run(ids[0])?.nModels !== 0;
      },
      execute: async args => {
        const [runId] = runIdsArg(args, list.targets);
        const form = await reporting(() => ask(runId));
        if (!form) {
          return;
        }
        const { name } = form.detail.run;
        const result = runEvaluation(form, client);
        Notification.promise(
          result.then(() => null),
          {
            pending: { message: trans.__('Evaluating %1…', name) },
            success: {
              message: () => trans.__('%1 is evaluated.', name),
              options: { autoClose: 3000 }
            },
            error: {
              message: reason => (reason instanceof Error ? reason.message : String(reason)),
              options: { autoClose: ERROR_SHOWN_MS }
            }
          }
        );
        try {
          await result;
        } catch {
          return; // the notification says why
        }
        await app.commands.execute(CommandIDs.openRun, { runId });
      }
    });
    palette?.addItem({ command: CommandIDs.evaluate, category: trans.__('nbtrack') });
  }
};

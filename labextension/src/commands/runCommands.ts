import { Clipboard, Dialog, InputDialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { IClient } from '../api';
import type { IRunList, IRunsModel } from '../model';
import { describeArgs, runIdsArg } from './args';
import { CommandIDs } from './ids';
import { reporting } from './report';

export interface IRunCommandsOptions {
  commands: CommandRegistry;
  client: IClient;
  runs: IRunsModel;
  list: IRunList;
  trans: TranslationBundle;
}

const UNDO_SHOWN_MS = 8000;

/** Everything that is done to runs and doesn't open a tab. */
export function addRunCommands(options: IRunCommandsOptions): void {
  const { commands, client, runs, list, trans } = options;
  const oneRun = describeArgs({
    runId: {
      type: 'string',
      description: trans.__('The run; the active one of the list if left out')
    }
  });
  const someRuns = describeArgs({
    runIds: { type: 'strings', description: trans.__('The runs; the selected ones if left out') }
  });
  const hasTarget = (): boolean => list.targets.length > 0;
  const nameOf = (id: string): string => runs.run(id)?.name ?? id;

  commands.addCommand(CommandIDs.openSelected, {
    label: trans.__('Open Run'),
    describedBy: describeArgs({}),
    isEnabled: hasTarget,
    execute: async () => {
      for (const runId of list.targets) {
        await commands.execute(CommandIDs.openRun, { runId });
      }
    }
  });

  commands.addCommand(CommandIDs.compareSelected, {
    label: trans.__('Compare Selected Runs'),
    describedBy: describeArgs({}),
    isEnabled: () => list.selection.length > 1,
    execute: () => commands.execute(CommandIDs.compare, { runIds: [...list.selection] })
  });

  const previousOf = (runId: string | undefined): string | undefined => {
    const run = runId === undefined ? undefined : runs.run(runId);
    const attempts = runs.runs.filter(
      other =>
        run !== undefined &&
        run.groupId !== null &&
        other.groupId === run.groupId &&
        other.attempt < run.attempt
    );
    return attempts.reduce((a, b) => (b.attempt > a.attempt ? b : a), attempts[0])?.id;
  };
  commands.addCommand(CommandIDs.comparePrevious, {
    label: trans.__('Compare with the Previous Attempt'),
    describedBy: oneRun,
    isEnabled: args => previousOf(runIdsArg(args, list.targets)[0]) !== undefined,
    execute: args => {
      const [runId] = runIdsArg(args, list.targets);
      return commands.execute(CommandIDs.compare, { runIds: [previousOf(runId) ?? '', runId] });
    }
  });

  commands.addCommand(CommandIDs.renameRun, {
    label: trans.__('Rename Run…'),
    describedBy: oneRun,
    isEnabled: args => runIdsArg(args, list.targets).length === 1,
    execute: async args => {
      const [runId] = runIdsArg(args, list.targets);
      const { value, button } = await InputDialog.getText({
        title: trans.__('Rename Run'),
        label: trans.__('New name'),
        text: nameOf(runId),
        okLabel: trans.__('Rename')
      });
      if (button.accept && value && value !== nameOf(runId)) {
        await reporting(() => client.renameRun(runId, value));
        await runs.refresh();
      }
    }
  });

  commands.addCommand(CommandIDs.deleteRuns, {
    label: args =>
      trans._n('Delete Run…', 'Delete %1 Runs…', runIdsArg(args, list.targets).length || 1),
    describedBy: someRuns,
    isEnabled: args => runIdsArg(args, list.targets).length > 0,
    execute: async args => {
      const ids = [...runIdsArg(args, list.targets)];
      if (ids.length > 0 && (await confirmDeletion(ids.map(nameOf), trans))) {
        await reporting(() => eachOf(ids, id => client.deleteRun(id)));
        await runs.refresh();
        offerUndo(ids);
      }
    }
  });

  commands.addCommand(CommandIDs.restoreRun, {
    label: trans.__('Restore Run'),
    describedBy: oneRun,
    isEnabled: args => runIdsArg(args, list.targets).length > 0,
    execute: async args => {
      await reporting(() => eachOf(runIdsArg(args, list.targets), id => client.restoreRun(id)));
      await runs.refresh();
    }
  });

  commands.addCommand(CommandIDs.copyRunId, {
    label: trans.__('Copy Run ID'),
    describedBy: oneRun,
    isEnabled: args => runIdsArg(args, list.targets).length > 0,
    execute: args => {
      Clipboard.copyToSystem(runIdsArg(args, list.targets).join('\n'));
    }
  });

  commands.addCommand(CommandIDs.endRun, {
    label: trans.__('End Run'),
    describedBy: oneRun,
    isEnabled: args => runIdsArg(args, list.targets).some(id => runs.run(id)?.status === 'RUNNING'),
    isVisible: args => runIdsArg(args, list.targets).some(id => runs.run(id)?.status === 'RUNNING'),
    execute: async args => {
      await reporting(() =>
        eachOf(runIdsArg(args, list.targets), id => client.endRun(id, 'FINISHED'))
      );
      await runs.refresh();
    }
  });

  function offerUndo(ids: readonly string[]): void {
    Notification.info(trans._n('Deleted one run.', 'Deleted %1 runs.', ids.length), {
      autoClose: UNDO_SHOWN_MS,
      actions: [
        {
          label: trans.__('Undo'),
          callback: () => {
            void reporting(() => eachOf(ids, id => client.restoreRun(id))).then(() =>
              runs.refresh()
            );
          }
        }
      ]
    });
  }
}

async function confirmDeletion(names: string[], trans: TranslationBundle): Promise<boolean> {
  const { button } = await showDialog({
    title: trans._n('Delete this run?', 'Delete %1 runs?', names.length),
    body: names.length > 6 ? `${names.slice(0, 5).join(', ')}, …` : names.join(', '),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({ label: trans.__('Delete') })
    ]
  });
  return button.accept;
}

async function eachOf(
  ids: readonly string[],
  action: (id: string) => Promise<void>
): Promise<void> {
  for (const id of ids) {
    await action(id);
  }
}

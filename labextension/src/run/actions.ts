import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';
import { CommandIDs } from '../commands';
import type { IRunRow } from '../api';

/** What a run's tab can have done; each is a command, so that palette and menus do the same. */
export interface IRunActions {
  evaluate: () => void;
  serve: (modelPath: string) => void;
  register: (modelPath: string) => void;
  insertCode: (modelPath?: string) => void;
  openRun: (runId: string) => void;
  openModel: (modelPath: string) => void;
  /** "name/3" */
  openVersion: (version: string) => void;
  compare: (runIds: readonly string[]) => void;
  goToCell: (notebook: string, cellId: string | null) => void;
  /** The menu of everything else, under the element that asked for it. */
  openMenu: (run: IRunRow, anchor: Element) => void;
}

function menuItems(run: IRunRow): (string | null)[] {
  const isDeleted = run.lifecycle === 'deleted';
  return [
    CommandIDs.renameRun,
    CommandIDs.copyRunId,
    CommandIDs.insertCode,
    run.status === 'RUNNING' ? CommandIDs.endRun : null,
    isDeleted ? CommandIDs.restoreRun : CommandIDs.deleteRuns
  ];
}

function openMenu(commands: CommandRegistry, run: IRunRow, anchor: Element): void {
  const menu = new Menu({ commands });
  for (const command of menuItems(run)) {
    if (command && commands.hasCommand(command)) {
      menu.addItem({ command, args: { runId: run.id, runIds: [run.id] } });
    }
  }
  menu.aboutToClose.connect(() => {
    // The item's command runs after the menu has closed.
    requestAnimationFrame(() => menu.dispose());
  });
  const { left, bottom } = anchor.getBoundingClientRect();
  menu.open(left, bottom + 2);
}

export function runActions(commands: CommandRegistry, runId: string): IRunActions {
  const run = (id: string, args: Record<string, string | string[] | null>) => {
    void commands.execute(id, args);
  };
  return {
    evaluate: () => run(CommandIDs.evaluate, { runId }),
    serve: modelPath => run(CommandIDs.serve, { runId, modelPath }),
    register: modelPath => run(CommandIDs.registerModel, { runId, modelPath }),
    insertCode: modelPath =>
      run(CommandIDs.insertCode, modelPath === undefined ? { runId } : { runId, modelPath }),
    openModel: modelPath => run(CommandIDs.openModel, { modelUri: `runs:/${runId}/${modelPath}` }),
    openVersion: version => run(CommandIDs.openModel, { modelUri: `models:/${version}` }),
    openRun: id => run(CommandIDs.openRun, { runId: id }),
    compare: ids => run(CommandIDs.compare, { runIds: [...ids] }),
    goToCell: (notebook, cellId) => run(CommandIDs.goToCell, { notebook, cellId }),
    openMenu: (row, anchor) => openMenu(commands, row, anchor)
  };
}

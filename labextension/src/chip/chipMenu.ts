import { MenuSvg } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { CommandIDs } from '../commands';

const COMMANDS = [
  CommandIDs.openRun,
  CommandIDs.comparePrevious,
  CommandIDs.evaluate,
  CommandIDs.serve,
  CommandIDs.copyRunId
];

/** What can be done with the run of a chip, below the button that asked. */
export function openChipMenu(commands: CommandRegistry, runId: string, anchor: Element): void {
  const menu = new MenuSvg({ commands });
  for (const command of COMMANDS.filter(id => commands.hasCommand(id))) {
    menu.addItem({ command, args: { runId } });
  }
  // The item's command runs after the menu has closed.
  menu.aboutToClose.connect(() => requestAnimationFrame(() => menu.dispose()), menu);
  const { left, bottom } = anchor.getBoundingClientRect();
  menu.open(left, bottom);
}

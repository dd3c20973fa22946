import type { TranslationBundle } from '@jupyterlab/translation';
import { MenuSvg } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import type { IRunRow } from '../api';
import { CommandIDs, describeArgs } from '../commands';

/** Each open run with a way to see it and to end it. */
export function openStatusMenu(
  app: CommandRegistry,
  open: readonly IRunRow[],
  anchor: Element,
  trans: TranslationBundle
): void {
  const commands = new CommandRegistry();
  const menu = new MenuSvg({ commands });
  open.forEach((run, index) => {
    commands.addCommand(`end-${index}`, {
      label: trans.__('End %1', run.name),
      describedBy: describeArgs({}),
      execute: () => app.execute(CommandIDs.endRun, { runId: run.id })
    });
    commands.addCommand(`open-${index}`, {
      label: trans.__('Open %1', run.name),
      describedBy: describeArgs({}),
      execute: () => app.execute(CommandIDs.openRun, { runId: run.id })
    });
    menu.addItem({ command: `end-${index}` });
    menu.addItem({ command: `open-${index}` });
    if (index < open.length - 1) {
      menu.addItem({ type: 'separator' });
    }
  });
  menu.aboutToClose.connect(() => requestAnimationFrame(() => menu.dispose()), menu);
  const { left, top } = anchor.getBoundingClientRect();
  menu.open(left, top);
  // Lumino opens menus downwards and moves them up over the bar when there is no room.
  const above = Math.max(0, top - menu.node.offsetHeight);
  menu.node.style.transform = `translate(${left}px, ${above}px)`;
}

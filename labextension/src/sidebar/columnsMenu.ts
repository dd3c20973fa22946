import type { TranslationBundle } from '@jupyterlab/translation';
import { MenuSvg } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import { metricKeys, type IRunList, type IRunsModel } from '../model';

export interface IColumnsMenuOptions {
  runs: IRunsModel;
  list: IRunList;
  trans: TranslationBundle;
  /** Null brings the usual columns back. */
  choose: (columns: readonly string[] | null) => void;
}

/** Every metric of the store with a check mark; it opens below a button. */
export function openColumnsMenu(anchor: HTMLElement, options: IColumnsMenuOptions): void {
  const { runs, list, trans, choose } = options;
  const commands = new CommandRegistry();
  const menu = new MenuSvg({ commands });
  menu.addClass('nbt-ColumnsMenu');
  commands.addCommand('usual', {
    label: trans.__('The usual metrics'),
    describedBy: { args: { type: 'object', properties: {} } },
    isToggled: () => list.chosenColumns === null,
    execute: () => choose(null)
  });
  menu.addItem({ command: 'usual' });
  menu.addItem({ type: 'separator' });
  metricKeys(runs.runs).forEach((key, index) => {
    const command = `metric-${index}`;
    commands.addCommand(command, {
      label: key,
      describedBy: { args: { type: 'object', properties: {} } },
      isToggled: () => list.columns.includes(key),
      execute: () => {
        const others = list.columns.filter(column => column !== key);
        const columns = others.length < list.columns.length ? others : [...others, key];
        choose(columns.length > 0 ? columns : null);
      }
    });
    menu.addItem({ command });
  });
  menu.aboutToClose.connect(() => requestAnimationFrame(() => menu.dispose()), menu);
  const { left, bottom } = anchor.getBoundingClientRect();
  menu.open(left, bottom);
}

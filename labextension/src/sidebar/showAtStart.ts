import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { PageConfig } from '@jupyterlab/coreutils';
import { CommandIDs } from '../commands';

export const showAtStart: JupyterFrontEndPlugin<void> = {
  id: 'nbtrack:show-at-start',
  description: 'Shows the sidebar at start when the server was started by `nbtrack lab`.',
  autoStart: true,
  activate: (app: JupyterFrontEnd) => {
    if (PageConfig.getOption('nbtrackShowSidebar') === 'true') {
      // Restoring the layout would put another sidebar in front.
      void app.restored.then(() => app.commands.execute(CommandIDs.show));
    }
  }
};

import { IRouter, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { CommandIDs } from '../commands';

const ASKS_FOR_SIDEBAR = /[?&]nbtrack(?=[&=]|$)/;

export const address: JupyterFrontEndPlugin<void> = {
  id: 'nbtrack:address',
  description: 'Shows the sidebar at start when the address asks for it, as `nbtrack lab` does.',
  autoStart: true,
  requires: [IRouter],
  activate: (app: JupyterFrontEnd, router: IRouter) => {
    if (ASKS_FOR_SIDEBAR.test(router.current.search ?? '')) {
      // Restoring the layout would put another sidebar in front.
      void app.restored.then(() => app.commands.execute(CommandIDs.show));
    }
  }
};

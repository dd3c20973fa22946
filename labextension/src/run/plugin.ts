import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { type MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commands';
import { IClient, IRunsModel } from '../tokens';
import { runActions } from './actions';
import { RunModel } from './model';
import { type RunPanel, runWidget } from './panel';
import { editorRenderer } from './source/renderSource';

const openRunArgs = {
  type: 'object',
  required: ['runId'],
  properties: { runId: { type: 'string', description: 'The id of the run to show.' } }
} as const;

/** The tab of one run. */
export const runTab: JupyterFrontEndPlugin<void> = {
  id: 'nbtrack:run-tab',
  description: 'Shows a run in the main area.',
  autoStart: true,
  requires: [IClient, IRunsModel, IEditorServices],
  optional: [ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    client: IClient,
    runs: IRunsModel,
    editors: IEditorServices,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbtrack');
    const renderer = editorRenderer(editors);
    const tracker = new WidgetTracker<MainAreaWidget<RunPanel>>({ namespace: 'nbtrack-run' });

    const create = (runId: string) => {
      const widget = runWidget({
        model: new RunModel({ runId, client, runs }),
        actions: runActions(app.commands, runId),
        renderer,
        trans
      });
      void tracker.add(widget);
      app.shell.add(widget, 'main');
      return widget;
    };

    app.commands.addCommand(CommandIDs.openRun, {
      label: trans.__('Open Run'),
      describedBy: { args: openRunArgs },
      execute: args => {
        const runId = String(args.runId);
        const open = tracker.find(widget => widget.content.model.runId === runId);
        const widget = open ?? create(runId);
        app.shell.activateById(widget.id);
        return widget;
      }
    });

    void restorer?.restore(tracker, {
      command: CommandIDs.openRun,
      args: widget => ({ runId: widget.content.model.runId }),
      name: widget => widget.content.model.runId
    });
  }
};

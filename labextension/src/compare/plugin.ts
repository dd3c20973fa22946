import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { type MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commands';
import { IClient, IRunsModel } from '../tokens';
import { CompareModel } from './model';
import { type ComparePanel, compareWidget } from './panel';

const compareArgs = {
  type: 'object',
  required: ['runIds'],
  properties: {
    runIds: {
      type: 'array',
      items: { type: 'string' },
      description: 'The ids of the runs to compare, in the order of their columns.'
    }
  }
} as const;

/** The tab that compares runs. */
export const compareTab: JupyterFrontEndPlugin<void> = {
  id: 'nbtrack:compare-tab',
  description: 'Compares runs in the main area.',
  autoStart: true,
  requires: [IClient, IRunsModel],
  optional: [ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    client: IClient,
    runs: IRunsModel,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbtrack');
    const tracker = new WidgetTracker<MainAreaWidget<ComparePanel>>({
      namespace: 'nbtrack-compare'
    });
    const nameOf = (runIds: readonly string[]) => [...runIds].sort().join('-');
    let opened = 0;

    const create = (runIds: readonly string[]) => {
      const model = new CompareModel({ runIds, client, runs });
      const widget = compareWidget({
        id: `nbtrack-compare-${++opened}`,
        model,
        onOpen: runId => void app.commands.execute(CommandIDs.openRun, { runId }),
        trans
      });
      // What is restored after a reload is what is compared then, not what was in the beginning.
      model.runIdsChanged.connect(() => void tracker.save(widget));
      void tracker.add(widget);
      app.shell.add(widget, 'main');
      return widget;
    };

    app.commands.addCommand(CommandIDs.compare, {
      label: trans.__('Compare Runs'),
      describedBy: { args: compareArgs },
      execute: args => {
        const runIds = Array.from(new Set((args.runIds as string[] | undefined) ?? []));
        const open = tracker.find(widget => nameOf(widget.content.model.runIds) === nameOf(runIds));
        const widget = open ?? create(runIds);
        app.shell.activateById(widget.id);
        return widget;
      }
    });

    void restorer?.restore(tracker, {
      command: CommandIDs.compare,
      args: widget => ({ runIds: [...widget.content.model.runIds] }),
      name: widget => nameOf(widget.content.model.runIds)
    });
  }
};

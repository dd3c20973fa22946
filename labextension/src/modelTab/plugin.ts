import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { type MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs, describeArgs } from '../commands';
import { IClient, IRegisteredModelsModel, IRunsModel } from '../tokens';
import { modelActions } from './actions';
import { ModelTabModel } from './model';
import { type ModelPanel, modelWidget } from './panel';
import { versionOf } from './uri';

/** The tab of one model: all versions of a registered one share it. */
export const modelTab: JupyterFrontEndPlugin<void> = {
  id: 'nbtrack:model-tab',
  description: 'Shows a model in the main area.',
  autoStart: true,
  requires: [IClient, IRunsModel, IRegisteredModelsModel],
  optional: [ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    client: IClient,
    runs: IRunsModel,
    registered: IRegisteredModelsModel,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbtrack');
    const tracker = new WidgetTracker<MainAreaWidget<ModelPanel>>({ namespace: 'nbtrack-model' });
    const idOf = (uri: string) => `nbtrack-model-${versionOf(uri)?.name ?? uri}`;

    const create = (uri: string) => {
      const model = new ModelTabModel({ uri, client, registered });
      const actions = modelActions(app.commands);
      const nameOfRun = (runId: string) => runs.run(runId)?.name ?? runId;
      const widget = modelWidget({ model, actions, nameOfRun, trans }, idOf(uri));
      model.stateChanged.connect(() => void tracker.save(widget));
      void tracker.add(widget);
      app.shell.add(widget, 'main');
      return widget;
    };

    app.commands.addCommand(CommandIDs.openModel, {
      label: trans.__('Open Model'),
      describedBy: describeArgs({
        modelUri: { type: 'string', description: trans.__('The model'), isRequired: true }
      }),
      execute: async args => {
        const uri = String(args.modelUri);
        const open = tracker.find(widget => widget.id === idOf(uri));
        const widget = open ?? create(uri);
        app.shell.activateById(widget.id);
        const version = versionOf(uri)?.version;
        if (version !== undefined) {
          await widget.content.model.choose(version);
        }
      }
    });

    void restorer?.restore(tracker, {
      command: CommandIDs.openModel,
      args: widget => ({ modelUri: widget.content.model.uri }),
      name: widget => widget.id
    });
  }
};

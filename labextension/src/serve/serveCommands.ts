import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Clipboard, MainAreaWidget, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { IClient, IDeployment } from '../api';
import {
  chooseModel,
  CommandIDs,
  describeArgs,
  reporting,
  runIdsArg,
  stringArg
} from '../commands';
import { nbtrackIcon } from '../component';
import type { IDeploymentsModel, IRunList, IRunsModel } from '../model';
import { DeploymentLog } from './DeploymentLog';

export interface IServeCommandsOptions {
  app: JupyterFrontEnd;
  client: IClient;
  runs: IRunsModel;
  list: IRunList;
  deployments: IDeploymentsModel;
  trans: TranslationBundle;
}

/** Starting, watching and stopping served models. */
export function addServeCommands(options: IServeCommandsOptions): void {
  const { app, client, runs, list, deployments, trans } = options;
  const oneDeployment = describeArgs({
    deploymentId: { type: 'string', description: trans.__('The deployment') }
  });
  const target = (args: ReadonlyPartialJSONObject): IDeployment | undefined => {
    const hit = app.contextMenuHitTest(node => node.dataset.deploymentId !== undefined);
    const id = stringArg(args, 'deploymentId') ?? hit?.dataset.deploymentId;
    return deployments.entries.find(deployment => deployment.id === id);
  };
  const uriOfRun = async (args: ReadonlyPartialJSONObject): Promise<string | null> => {
    const [runId] = runIdsArg(args, list.targets);
    const path = stringArg(args, 'modelPath');
    const model = await reporting(() => chooseModel(client, runId, path, trans));
    return model && `runs:/${runId}/${model.path}`;
  };
  const isUp = (deployment?: IDeployment): boolean =>
    deployment?.state === 'starting' || deployment?.state === 'running';

  app.commands.addCommand(CommandIDs.serve, {
    label: trans.__('Serve'),
    describedBy: describeArgs({
      runId: { type: 'string', description: trans.__('The run') },
      modelPath: { type: 'string', description: trans.__('Which of its models') },
      modelUri: { type: 'string', description: trans.__('The model, instead of a run') }
    }),
    isEnabled: args => {
      if (stringArg(args, 'modelUri') !== null) {
        return true;
      }
      const ids = runIdsArg(args, list.targets);
      return ids.length === 1 && runs.run(ids[0])?.nModels !== 0;
    },
    execute: async args => {
      const uri = stringArg(args, 'modelUri') ?? (await uriOfRun(args));
      if (uri !== null) {
        await reporting(() => client.deploy(uri));
        await deployments.refresh();
        await app.commands.execute(CommandIDs.show);
      }
    }
  });

  app.commands.addCommand(CommandIDs.stopDeployment, {
    label: trans.__('Stop'),
    describedBy: oneDeployment,
    isEnabled: args => isUp(target(args)),
    execute: async args => {
      const deployment = target(args);
      if (deployment) {
        await reporting(() => client.stopDeployment(deployment.id));
        await deployments.refresh();
      }
    }
  });

  app.commands.addCommand(CommandIDs.forgetDeployment, {
    label: trans.__('Forget'),
    describedBy: oneDeployment,
    isEnabled: args => target(args) !== undefined && !isUp(target(args)),
    execute: async args => {
      const deployment = target(args);
      if (deployment) {
        await reporting(() => client.forgetDeployment(deployment.id));
        await deployments.refresh();
      }
    }
  });

  app.commands.addCommand(CommandIDs.copyDeploymentUrl, {
    label: trans.__('Copy Address'),
    describedBy: oneDeployment,
    isEnabled: args => Boolean(target(args)?.url),
    execute: args => {
      const url = target(args)?.url;
      if (url) {
        Clipboard.copyToSystem(url);
        Notification.info(trans.__('Copied %1', url), { autoClose: 2000 });
      }
    }
  });

  app.commands.addCommand(CommandIDs.openDeploymentLog, {
    label: trans.__('Show Log'),
    describedBy: oneDeployment,
    isEnabled: args => target(args) !== undefined,
    execute: args => {
      const deployment = target(args);
      if (deployment === undefined) {
        return;
      }
      const id = `nbtrack-log-${deployment.id}`;
      if (
        !app.shell.currentWidget ||
        ![...app.shell.widgets('main')].some(open => open.id === id)
      ) {
        const name = runs.run(deployment.runId ?? '')?.name ?? deployment.modelUri;
        const content = new DeploymentLog({ client, deployments, id: deployment.id, trans });
        const widget = new MainAreaWidget({ content });
        widget.id = id;
        widget.title.label = trans.__('Log: %1', name);
        widget.title.icon = nbtrackIcon;
        widget.title.closable = true;
        widget.toolbar.hide();
        app.shell.add(widget, 'main');
      }
      app.shell.activateById(id);
    }
  });
}

import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs } from '../commands';
import type { IDeploymentsSectionProps } from './DeploymentsSection';
import type { IModelsSectionProps } from './ModelsSection';
import type { IRunTreeProps } from './RunTree';

/** What the sidebar asks for; every one is a command. */
export interface ISidebarActions {
  runs: IRunTreeProps['on'];
  models: IModelsSectionProps['on'];
  deployments: IDeploymentsSectionProps['on'];
  compare: (runIds: readonly string[]) => void;
  createExperiment: () => void;
  deleteExperiment: (experimentId: string) => void;
  restoreExperiment: (experimentId: string) => void;
  chooseColumns: (anchor: HTMLElement) => void;
}

export function createActions(
  commands: CommandRegistry,
  chooseColumns: (anchor: HTMLElement) => void
): ISidebarActions {
  const execute = (command: string, args: ReadonlyPartialJSONObject = {}): void => {
    void commands.execute(command, args);
  };
  return {
    runs: {
      open: runId => execute(CommandIDs.openRun, { runId }),
      evaluate: runId => execute(CommandIDs.evaluate, { runId }),
      serve: runId => execute(CommandIDs.serve, { runId }),
      remove: () => execute(CommandIDs.deleteRuns)
    },
    models: {
      open: modelUri => execute(CommandIDs.openModel, { modelUri }),
      serve: modelUri => execute(CommandIDs.serve, { modelUri }),
      copyCode: modelUri => execute(CommandIDs.copyModelCode, { modelUri })
    },
    deployments: {
      openRun: runId => execute(CommandIDs.openRun, { runId }),
      copyUrl: deploymentId => execute(CommandIDs.copyDeploymentUrl, { deploymentId }),
      openLog: deploymentId => execute(CommandIDs.openDeploymentLog, { deploymentId }),
      stop: deploymentId => execute(CommandIDs.stopDeployment, { deploymentId }),
      forget: deploymentId => execute(CommandIDs.forgetDeployment, { deploymentId })
    },
    compare: runIds => execute(CommandIDs.compare, { runIds: [...runIds] }),
    createExperiment: () => execute(CommandIDs.createExperiment),
    deleteExperiment: experimentId => execute(CommandIDs.deleteExperiment, { experimentId }),
    restoreExperiment: experimentId => execute(CommandIDs.restoreExperiment, { experimentId }),
    chooseColumns
  };
}

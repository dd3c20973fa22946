/** Every command of nbtrack, with its arguments. */
export namespace CommandIDs {
  /** {runId} */
  export const openRun = 'nbtrack:open-run';
  /** {runIds: string[]} */
  export const compare = 'nbtrack:compare';
  /** {runId} */
  export const comparePrevious = 'nbtrack:compare-with-previous-attempt';
  /** {runId} */
  export const evaluate = 'nbtrack:evaluate';
  /** {runId, modelPath?} or {modelUri} */
  export const serve = 'nbtrack:serve';
  /** {runId} */
  export const renameRun = 'nbtrack:rename-run';
  /** {runIds: string[]} */
  export const deleteRuns = 'nbtrack:delete-runs';
  /** {runId} */
  export const restoreRun = 'nbtrack:restore-run';
  /** {runId} */
  export const copyRunId = 'nbtrack:copy-run-id';
  /** {runId, modelPath?} */
  export const insertCode = 'nbtrack:insert-code';
  /** {runId} */
  export const endRun = 'nbtrack:end-run';
  /** {notebook, cellId} */
  export const goToCell = 'nbtrack:go-to-cell';
  /** {runId, modelPath} */
  export const registerModel = 'nbtrack:register-model';
  /** {modelUri} */
  export const openModel = 'nbtrack:open-model';
  /** {modelUri} */
  export const copyModelCode = 'nbtrack:copy-model-code';
  /** {deploymentId} */
  export const openDeploymentLog = 'nbtrack:open-deployment-log';
  /** {deploymentId} */
  export const stopDeployment = 'nbtrack:stop-deployment';
  /** {deploymentId} */
  export const forgetDeployment = 'nbtrack:forget-deployment';
  /** {deploymentId} */
  export const copyDeploymentUrl = 'nbtrack:copy-deployment-url';
  export const createExperiment = 'nbtrack:create-experiment';
  /** {experimentId} */
  export const renameExperiment = 'nbtrack:rename-experiment';
  /** {experimentId} */
  export const deleteExperiment = 'nbtrack:delete-experiment';
  /** {experimentId} */
  export const restoreExperiment = 'nbtrack:restore-experiment';
  /** Opens the active run of the list. */
  export const openSelected = 'nbtrack:open-selected-run';
  /** Compares the runs that are selected in the list. */
  export const compareSelected = 'nbtrack:compare-selected-runs';
  /** Shows the sidebar. */
  export const show = 'nbtrack:show';
}

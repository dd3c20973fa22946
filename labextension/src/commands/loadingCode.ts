import type { IModel } from '../api';

/** Flavors whose own object is what a person wants back; others load as a plain predictor. */
const OWN_LOADER = new Set(['sklearn']);

/** The lines that bring a run, or a model of it, back into a notebook. */
export function loadingCode(runId: string, model: IModel | null): string {
  if (model === null) {
    return `import nbtrack\n\nrun = nbtrack.get_run("${runId}")\nrun.data.params, run.data.metrics`;
  }
  const loader = OWN_LOADER.has(model.flavor) ? model.flavor : 'pyfunc';
  const uri = JSON.stringify(`runs:/${runId}/${model.path}`);
  return `import nbtrack\n\nmodel = nbtrack.${loader}.load_model(${uri})\nmodel`;
}

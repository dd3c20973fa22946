import type { IModel } from '../api';

/** Flavors whose own object is what a person wants back; others load as a plain predictor. */
const OWN_LOADER = new Set(['sklearn']);

/** The lines that bring a run, or a model of it, back into a notebook. */
export function loadingCode(runId: string, model: IModel | null): string {
  if (model === null) {
    return `import nbtrack\n\nrun = nbtrack.get_run("${runId}")\nrun.data.params, run.data.metrics`;
  }
  const loader = OWN_LOADER.has(model.flavor) ? model.flavor : 'pyfunc';
  return modelCode(`runs:/${runId}/${model.path}`, loader);
}

/** The lines that load a model, by default as a plain predictor. */
export function modelCode(uri: string, loader = 'pyfunc'): string {
  return `import nbtrack\n\nmodel = nbtrack.${loader}.load_model(${JSON.stringify(uri)})\nmodel`;
}

import { ApiError, type IClient, type IEvaluation } from '../api';
import type { EvaluateForm } from './form';
import { evaluateFrame } from './kernelFrames';

const POLL_MS = 700;

/** Resolves when the results are on the run. */
export async function runEvaluation(form: EvaluateForm, client: IClient): Promise<void> {
  const { target, modelType, source } = form;
  const runId = form.detail.run.id;
  const modelPath = form.model.path;
  if (source !== null) {
    const { kernel, frame } = source;
    return evaluateFrame(kernel, { frame: frame.name, target, modelType, runId, modelPath });
  }
  const request = { file: form.file, target, modelType, modelPath };
  let evaluation: IEvaluation = await client.evaluateFile(runId, request);
  while (evaluation.state === 'running') {
    await new Promise(resolve => setTimeout(resolve, POLL_MS));
    evaluation = await client.evaluation(evaluation.id);
  }
  if (evaluation.state === 'failed') {
    throw new ApiError('EVALUATION_FAILED', evaluation.error ?? '');
  }
}

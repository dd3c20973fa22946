import type { Kernel } from '@jupyterlab/services';
import { ApiError } from '../api';
import { fromPythonRepr, toPythonLiteral } from './pythonText';

const MODULE = "__import__('nbtrack.notebook.frames', fromlist=['frames'])";

/** A DataFrame that a variable of a kernel holds. */
export interface IFrame {
  name: string;
  rows: number;
  columns: string[];
}

export interface IFrameEvaluation {
  frame: string;
  target: string;
  modelType: string;
  runId: string;
  modelPath: string;
}

/** The DataFrames among a kernel's variables. */
export async function kernelFrames(kernel: Kernel.IKernelConnection): Promise<IFrame[]> {
  return JSON.parse(fromPythonRepr(await evaluateExpression(kernel, `${MODULE}.frames()`)));
}

/** Evaluates a run's model on a DataFrame, in the kernel that holds it. */
export async function evaluateFrame(
  kernel: Kernel.IKernelConnection,
  { frame, target, modelType, runId, modelPath }: IFrameEvaluation
): Promise<void> {
  const args = [frame, target, modelType, runId, modelPath].map(toPythonLiteral).join(', ');
  await evaluateExpression(kernel, `${MODULE}.evaluate_frame(${args})`);
}

/** Without a trace in the history or in `Out`. */
async function evaluateExpression(
  kernel: Kernel.IKernelConnection,
  expression: string
): Promise<string> {
  const future = kernel.requestExecute({
    code: '',
    silent: true,
    store_history: false,
    user_expressions: { answer: expression }
  });
  const { content } = await future.done;
  if (content.status !== 'ok') {
    throw new ApiError(
      'KERNEL_ERROR',
      content.status === 'error' ? content.evalue : content.status
    );
  }
  const answer = content.user_expressions.answer as unknown as IAnswer;
  if (answer.status === 'error') {
    throw new ApiError(answer.ename, answer.evalue);
  }
  return answer.data['text/plain'];
}

type IAnswer =
  | { status: 'ok'; data: { 'text/plain': string } }
  | { status: 'error'; ename: string; evalue: string };

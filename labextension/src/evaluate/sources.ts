import { PathExt } from '@jupyterlab/coreutils';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { ISource } from './form';
import { kernelFrames } from './kernelFrames';

/** A kernel that is at work answers when it is done; a dialog can't wait for that. */
const PATIENCE_MS = 3000;

/** The DataFrames of all open notebooks, those of the current one first. */
export async function openSources(tracker: INotebookTracker | null): Promise<ISource[]> {
  const panels: NotebookPanel[] = [];
  tracker?.forEach(panel => panels.push(panel));
  panels.sort(
    (a, b) => Number(b === tracker?.currentWidget) - Number(a === tracker?.currentWidget)
  );
  return (await Promise.all(panels.map(sourcesOf))).flat();
}

async function sourcesOf(panel: NotebookPanel): Promise<ISource[]> {
  const kernel = panel.sessionContext.session?.kernel;
  if (!kernel || kernel.status !== 'idle') {
    return [];
  }
  const notebook = PathExt.basename(panel.context.localPath);
  try {
    const frames = await Promise.race([kernelFrames(kernel), giveUp()]);
    // The newest is the likeliest.
    return [...frames].reverse().map(frame => ({ notebook, kernel, frame }));
  } catch {
    // Not a Python kernel, or one in an environment without nbtrack: it has nothing to offer.
    return [];
  }
}

function giveUp(): Promise<never[]> {
  return new Promise(resolve => setTimeout(() => resolve([]), PATIENCE_MS));
}

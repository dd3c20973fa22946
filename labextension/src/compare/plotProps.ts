import type { TranslationBundle } from '@jupyterlab/translation';
import type { IComparison } from '../api';
import type { CompareModel } from './model';
import type { IDrawnRun } from './parallelOption';

/** What a lazily loaded plot of the comparison is given. */
export interface IPlotProps {
  model: CompareModel;
  comparison: IComparison;
  onOpen: (runId: string) => void;
  trans: TranslationBundle;
}

/** The shown runs, as they are to be drawn. */
export function drawnRuns(model: CompareModel, { runs }: IComparison): IDrawnRun[] {
  return runs.flatMap((run, index) =>
    model.isShown(run.id) ? [{ run, index, style: model.style(run.id) }] : []
  );
}

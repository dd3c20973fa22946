import { IHistory, JsonNumber } from '../api/types';

/** What the x axis of curves counts. */
export type XAxis = 'step' | 'time';

/**
 * One x column and a y column for each curve. In a y column `undefined` means that the curve has no
 * point at this x (it is drawn through), and `null` that its value there is no finite number (a gap).
 */
export interface IJoinedCurves {
  x: number[];
  ys: (number | null | undefined)[][];
}

function finite(value: JsonNumber): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/**
 * The x of each point: its step, or seconds since the first point. Values logged without a step all
 * have the same one, so they are counted instead of being drawn on top of each other.
 */
export function xValues(history: IHistory, axis: XAxis): number[] {
  const { steps, times } = history;
  if (axis === 'time') {
    return times.map(time => (time - times[0]) / 1000);
  }
  const isStepless = steps.length > 1 && steps.every(step => step === steps[0]);
  return isStepless ? steps.map((_, i) => i) : [...steps];
}

/** Join the curves of several runs, whose steps need not be the same, into uPlot's one x column. */
export function joinCurves(histories: readonly IHistory[], axis: XAxis = 'step'): IJoinedCurves {
  const columns = histories.map(history => {
    const points = new Map<number, number | null>();
    xValues(history, axis).forEach((x, i) => {
      points.set(x, finite(history.values[i]));
    });
    return points;
  });
  const union = new Set<number>();
  for (const column of columns) {
    for (const x of column.keys()) {
      union.add(x);
    }
  }
  const x = Array.from(union).sort((a, b) => a - b);
  return { x, ys: columns.map(column => x.map(at => column.get(at))) };
}

/** True when a logarithmic y axis can show every point. */
export function isPositive(curves: IJoinedCurves): boolean {
  return curves.ys.every(ys => ys.every(y => y === null || y === undefined || y > 0));
}

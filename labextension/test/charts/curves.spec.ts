import type { IHistory, JsonNumber } from '../../src/api';
import { isPositive, joinCurves } from '../../src/charts/curves';
import { runStyles } from '../../src/charts/palette';

function history(steps: number[], values: JsonNumber[], times = steps): IHistory {
  return { key: 'loss', steps, values, times, total: steps.length };
}

describe('joinCurves', () => {
  it('gives curves of different steps one x column', () => {
    const joined = joinCurves([history([0, 2, 4], [3, 2, 1]), history([0, 1], [9, 8])]);
    expect(joined.x).toEqual([0, 1, 2, 4]);
    expect(joined.ys).toEqual([
      [3, undefined, 2, 1],
      [9, 8, undefined, undefined]
    ]);
  });

  it('has a gap where a value is no finite number', () => {
    const { ys } = joinCurves([history([0, 1, 2], [1, 'NaN', 'Infinity'])]);
    expect(ys).toEqual([[1, null, null]]);
  });

  it('counts points that were logged without a step', () => {
    expect(joinCurves([history([0, 0, 0], [1, 2, 3])]).x).toEqual([0, 1, 2]);
  });

  it('measures time from the first point of each curve, in seconds', () => {
    const late = history([0, 1], [1, 2], [60_000, 62_000]);
    const early = history([0, 1], [1, 2], [1000, 2000]);
    expect(joinCurves([late, early], 'time').x).toEqual([0, 1, 2]);
  });

  it('knows whether a logarithmic axis can show all of it', () => {
    expect(isPositive(joinCurves([history([0, 1], [1, 'NaN'])]))).toBe(true);
    expect(isPositive(joinCurves([history([0, 1], [1, 0])]))).toBe(false);
  });
});

describe('runStyles', () => {
  const ids = Array.from({ length: 14 }, (_, i) => `run-${i}`);

  it('gives up to twelve runs different colours', () => {
    const colors = Array.from(runStyles(ids.slice(0, 12)).values(), style => style.color);
    expect(new Set(colors).size).toBe(12);
  });

  it('dashes the runs beyond', () => {
    const looks = Array.from(runStyles(ids).values(), style => JSON.stringify(style));
    expect(new Set(looks).size).toBe(14);
  });

  it('gives a run alone the colour of its id', () => {
    expect(runStyles(['x']).get('x')).toEqual(runStyles(['x', 'y']).get('x'));
  });
});

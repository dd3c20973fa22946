import type uPlot from 'uplot';
import type { IChartTheme } from './theme';
import { tooltipPlugin, type ITooltipText } from './tooltip';

/** One curve's look. */
export interface ICurve {
  label: string;
  /** The theme's accent without one. */
  color?: string;
  dash?: readonly number[];
  isShown?: boolean;
}

export interface IPlotLook {
  width: number;
  height: number;
  isLog: boolean;
  curves: readonly ICurve[];
  theme: IChartTheme;
  text: ITooltipText;
  /** Charts with the same key share their cursor. */
  syncKey?: string;
}

/** uPlot's own names for scale kinds are constants that isolated modules can't read. */
const LOGARITHMIC = 3;

/** Ticks as short as they can be told apart: 0.25, 1200, 1e-5. */
export function tickLabel(value: number): string {
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-3 || size >= 1e5)) {
    return value.toExponential().replace('e+', 'e');
  }
  return String(Number(value.toPrecision(6)));
}

/** Logarithmic ticks: only the powers of ten carry a label, where others would collide. */
function logTickLabels(splits: readonly (number | null)[]): string[] {
  const powers = splits.filter(value => value !== null && Number.isInteger(Math.log10(value)));
  return splits.map(value => {
    const isLabelled =
      value !== null &&
      (powers.length < 2 || Number.isInteger(Math.round(Math.log10(value) * 1e9) / 1e9));
    return isLabelled && value !== null ? tickLabel(value) : '';
  });
}

function axis(theme: IChartTheme): uPlot.Axis {
  return {
    stroke: theme.mutedText,
    font: theme.font,
    grid: { stroke: theme.grid, width: 1 },
    ticks: { show: false },
    gap: 6
  };
}

function series(curve: ICurve, theme: IChartTheme): uPlot.Series {
  return {
    label: curve.label,
    stroke: curve.color ?? theme.accent,
    dash: curve.dash && curve.dash.length > 0 ? [...curve.dash] : undefined,
    width: 1.5,
    show: curve.isShown ?? true,
    points: { size: 5 }
  };
}

/** uPlot's options for curves over one x axis, without chrome of its own. */
export function plotOptions(look: IPlotLook): uPlot.Options {
  const { width, height, isLog, curves, theme, text, syncKey } = look;
  return {
    width,
    height,
    padding: [8, 10, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false },
      y: isLog ? { distr: LOGARITHMIC } : {}
    },
    axes: [
      { ...axis(theme), size: 24, values: (_, splits) => splits.map(tickLabel) },
      {
        ...axis(theme),
        size: (_, labels) => 14 + 6.5 * Math.max(3, ...(labels ?? []).map(label => label.length)),
        values: (_, splits) => (isLog ? logTickLabels(splits) : splits.map(tickLabel))
      }
    ],
    series: [{}, ...curves.map(curve => series(curve, theme))],
    cursor: {
      y: false,
      points: { size: 6 },
      sync: syncKey ? { key: syncKey } : undefined,
      hover: { skip: [undefined] }
    },
    focus: { alpha: 0.3 },
    plugins: [tooltipPlugin(text)]
  };
}

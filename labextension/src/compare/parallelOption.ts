import type { EChartsCoreOption } from 'echarts/core';
import type { IRunRow } from '../api';
import { textTooltip, tooltipLook } from '../charts/echart';
import type { IRunStyle } from '../charts/palette';
import { tickLabel } from '../charts/plotOptions';
import type { IChartTheme } from '../charts/theme';
import type { IDimension } from './dimensions';

/** A run as a line or a point. */
export interface IDrawnRun {
  run: IRunRow;
  /** Its place in each dimension's values. */
  index: number;
  style: IRunStyle;
}

/** ECharts' own mark for "no value". */
const MISSING = '-';

function axis(dimension: IDimension, dim: number, theme: IChartTheme): Record<string, unknown> {
  const line = { lineStyle: { color: theme.mutedText } };
  const scale = dimension.isNumeric
    ? { type: 'value', scale: true, axisLabel: { color: theme.mutedText, formatter: tickLabel } }
    : {
        type: 'category',
        data: Array.from(new Set(dimension.values.filter(value => value !== null))),
        axisLabel: { color: theme.mutedText, width: 90, overflow: 'truncate' }
      };
  return {
    dim,
    name: dimension.label,
    nameTruncate: { maxWidth: 120 },
    nameTextStyle: { color: theme.text, fontSize: 11 },
    axisLine: line,
    axisTick: line,
    splitLine: { show: false },
    ...scale
  };
}

export function parallelOption(
  axes: readonly IDimension[],
  runs: readonly IDrawnRun[],
  theme: IChartTheme
): EChartsCoreOption {
  return {
    animation: false,
    textStyle: { fontFamily: 'inherit', fontSize: 11 },
    tooltip: { ...tooltipLook(theme), trigger: 'item' },
    parallel: { left: 48, right: 96, top: 40, bottom: 24 },
    parallelAxis: axes.map((dimension, i) => axis(dimension, i, theme)),
    series: runs.map(({ run, index, style }) => ({
      type: 'parallel',
      id: run.id,
      name: run.name,
      lineStyle: { color: style.color, width: 2, opacity: 0.8, type: [...style.dash] },
      emphasis: { lineStyle: { width: 4, opacity: 1 } },
      data: [axes.map(({ values }) => values[index] ?? MISSING)],
      tooltip: {
        formatter: () =>
          textTooltip(
            run.name,
            axes.map(({ label, values }) => `${label}: ${values[index] ?? '–'}`)
          )
      }
    }))
  };
}

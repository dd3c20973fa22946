import type { EChartsCoreOption } from 'echarts/core';
import { textTooltip, tooltipLook } from '../charts/echart';
import { tickLabel } from '../charts/plotOptions';
import type { IChartTheme } from '../charts/theme';
import type { IDimension } from './dimensions';
import type { IDrawnRun } from './parallelOption';

function axis(dimension: IDimension, theme: IChartTheme, nameGap: number): Record<string, unknown> {
  const line = { lineStyle: { color: theme.grid } };
  return {
    name: dimension.label,
    nameLocation: 'middle',
    nameGap,
    nameTextStyle: { color: theme.text, fontSize: 11 },
    axisLine: line,
    axisTick: { show: false },
    splitLine: line,
    ...(dimension.isNumeric
      ? { type: 'value', scale: true, axisLabel: { color: theme.mutedText, formatter: tickLabel } }
      : { type: 'category', axisLabel: { color: theme.mutedText } })
  };
}

export function scatterOption(
  x: IDimension,
  y: IDimension,
  runs: readonly IDrawnRun[],
  theme: IChartTheme
): EChartsCoreOption {
  const points = runs.flatMap(({ run, index, style }) => {
    const [left, up] = [x.values[index], y.values[index]];
    return left === null || up === null ? [] : [{ run, style, left, up }];
  });
  return {
    animation: false,
    textStyle: { fontFamily: 'inherit', fontSize: 11 },
    tooltip: { ...tooltipLook(theme), trigger: 'item' },
    grid: { left: 72, right: 24, top: 16, bottom: 48 },
    xAxis: axis(x, theme, 28),
    yAxis: axis(y, theme, 52),
    series: points.map(({ run, style, left, up }) => ({
      type: 'scatter',
      id: run.id,
      name: run.name,
      symbolSize: 11,
      itemStyle: { color: style.color, opacity: 0.9 },
      data: [[left, up]],
      tooltip: {
        formatter: () => textTooltip(run.name, [`${x.label}: ${left}`, `${y.label}: ${up}`])
      }
    }))
  };
}

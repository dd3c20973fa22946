import { ParallelChart, ScatterChart } from 'echarts/charts';
import { GridComponent, ParallelComponent, TooltipComponent } from 'echarts/components';
import { type EChartsCoreOption, type EChartsType, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import * as React from 'react';
import { type IChartTheme, readTheme, useThemeName } from './theme';
import { useElementSize } from './useElementSize';

export interface IEChartProps {
  /** What a screen reader says of it. */
  label: string;
  height: number;
  option: (theme: IChartTheme) => EChartsCoreOption;
  /** A series' name was clicked. */
  onClick?: (seriesId: string) => void;
}

let isReady = false;

/** ECharts registers its parts globally; only who draws with it pays for that. */
function register(): void {
  if (!isReady) {
    use([ParallelChart, ScatterChart, GridComponent, ParallelComponent, TooltipComponent]);
    use([CanvasRenderer]);
    isReady = true;
  }
}

/** A chart of ECharts in the theme's colours. Import it lazily: it is ten times uPlot's size. */
export function EChart({ label, height, option, onClick }: IEChartProps): JSX.Element {
  const host = React.useRef<HTMLDivElement>(null);
  const chart = React.useRef<EChartsType | null>(null);
  const { width } = useElementSize(host);
  const theme = useThemeName();
  const isVisible = width > 0;
  const clicked = React.useRef(onClick);
  clicked.current = onClick;

  React.useEffect(() => {
    if (!host.current || !isVisible) {
      return;
    }
    register();
    const made = init(host.current);
    made.on('click', ({ seriesId }) => clicked.current?.(String(seriesId)));
    chart.current = made;
    return () => {
      made.dispose();
      chart.current = null;
    };
  }, [isVisible]);

  React.useEffect(() => {
    if (host.current) {
      chart.current?.setOption(option(readTheme(host.current)), { notMerge: true });
    }
  }, [isVisible, option, theme]);
  React.useEffect(() => chart.current?.resize(), [width, height]);

  return (
    <div className="nbt-Chart-plot" role="img" aria-label={label} ref={host} style={{ height }} />
  );
}

/** A tooltip whose lines are text, whatever the names in them. */
export function textTooltip(title: string, lines: readonly string[]): HTMLElement {
  const box = document.createElement('div');
  const head = document.createElement('strong');
  head.textContent = title;
  box.append(head);
  for (const line of lines) {
    const node = document.createElement('div');
    node.textContent = line;
    box.append(node);
  }
  return box;
}

/** How the theme's tooltips look. */
export function tooltipLook(theme: IChartTheme): Record<string, unknown> {
  return {
    backgroundColor: theme.background,
    borderColor: theme.grid,
    textStyle: { color: theme.text, fontSize: 11 },
    confine: true
  };
}

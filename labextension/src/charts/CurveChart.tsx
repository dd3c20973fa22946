import * as React from 'react';
import uPlot from 'uplot';
import type { IJoinedCurves } from './curves';
import { plotOptions, type ICurve } from './plotOptions';
import { readTheme, useThemeName } from './theme';
import type { ITooltipText } from './tooltip';
import { useElementSize } from './useElementSize';

export interface ICurveChartProps {
  /** What a screen reader says of it. */
  label: string;
  data: IJoinedCurves;
  curves: readonly ICurve[];
  height: number;
  isLog: boolean;
  text: ITooltipText;
  syncKey?: string;
}

function aligned(data: IJoinedCurves): uPlot.AlignedData {
  return [data.x, ...data.ys];
}

/** Curves over one x axis; drag to zoom, double click to see all again. */
export function CurveChart(props: ICurveChartProps): JSX.Element {
  const { label, data, curves, height, isLog, text, syncKey } = props;
  const host = React.useRef<HTMLDivElement>(null);
  const plot = React.useRef<uPlot | null>(null);
  const latest = React.useRef(data);
  latest.current = data;
  const { width } = useElementSize(host);
  const theme = useThemeName();
  const isVisible = width > 0;
  // A curve that looks the same needs no new plot: only its points change while a run is live.
  const look = JSON.stringify(curves);

  React.useEffect(() => {
    const element = host.current;
    if (!element || !isVisible) {
      return;
    }
    const options = plotOptions({
      width: element.clientWidth,
      height,
      isLog,
      curves,
      theme: readTheme(element),
      text,
      syncKey
    });
    const made = new uPlot(options, aligned(latest.current), element);
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [isVisible, height, isLog, look, theme, syncKey, text]);

  React.useEffect(() => plot.current?.setData(aligned(data)), [data]);
  React.useEffect(() => {
    if (width > 0) {
      plot.current?.setSize({ width, height });
    }
  }, [width, height]);

  return (
    <div className="nbt-Chart-plot" role="img" aria-label={label} ref={host} style={{ height }} />
  );
}

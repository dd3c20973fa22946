import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IHistory } from '../api';
import { Notice } from '../component/Notice';
import { formatDuration, formatNumber, fullNumber } from '../format';
import { CurveChart } from './CurveChart';
import { isPositive, joinCurves, type XAxis } from './curves';
import type { ICurve } from './plotOptions';
import type { ITooltipText } from './tooltip';
import { useStableArray } from './useStableArray';

/** How all charts of a panel are drawn. */
export interface IChartSettings {
  axis: XAxis;
  isLog: boolean;
}

export interface IChartCardProps {
  metric: string;
  /** Beside the title: what the curve has come to. */
  readout?: React.ReactNode;
  /** One for each curve; none while they are being fetched. */
  histories: readonly IHistory[];
  curves: readonly ICurve[];
  error: string | null;
  settings: IChartSettings;
  height: number;
  /** Charts with the same key share their cursor. */
  syncKey?: string;
  trans: TranslationBundle;
}

function tooltipText(axis: XAxis, trans: TranslationBundle): ITooltipText {
  return {
    title: x => (axis === 'time' ? formatDuration(x * 1000) : trans.__('step %1', fullNumber(x))),
    value: formatNumber
  };
}

/** A metric's curves under its name. */
export function ChartCard(props: IChartCardProps): JSX.Element {
  const { metric, readout, histories, curves, error, settings, height, syncKey, trans } = props;
  const { axis, isLog } = settings;
  const joined = useStableArray(histories);
  const data = React.useMemo(() => joinCurves(joined, axis), [joined, axis]);
  const text = React.useMemo(() => tooltipText(axis, trans), [axis, trans]);
  const canBeLog = isPositive(data);
  const total = histories.reduce((sum, history) => sum + history.total, 0);
  const shown = histories.reduce((sum, history) => sum + history.steps.length, 0);
  return (
    <figure className="nbt-Chart-card">
      <figcaption className="nbt-Chart-head">
        <span className="nbt-Chart-title" title={metric}>
          {metric}
        </span>
        {isLog && !canBeLog ? (
          <span className="nbt-Chart-hint" title={trans.__('It has values that are not above 0')}>
            {trans.__('linear')}
          </span>
        ) : null}
        {readout}
      </figcaption>
      {error ? (
        <Notice kind="error">{error}</Notice>
      ) : histories.length === 0 ? (
        <div className="nbt-Chart-blank" style={{ height }} aria-busy="true" />
      ) : (
        <CurveChart
          label={trans.__('Curves of %1, %2 of %3 points', metric, shown, total)}
          data={data}
          curves={curves}
          height={height}
          isLog={isLog && canBeLog}
          text={text}
          syncKey={syncKey}
        />
      )}
    </figure>
  );
}

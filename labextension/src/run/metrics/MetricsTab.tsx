import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IMetricSummary } from '../../api';
import { ChartCard, type IChartSettings } from '../../charts/ChartCard';
import { ChartToolbar } from '../../charts/ChartToolbar';
import type { Histories } from '../../charts/histories';
import { Notice } from '../../component/Notice';
import { NumberText } from '../../component/numbers';
import { useFilter } from '../../component/useFilter';
import { SummaryTable } from './SummaryTable';

export interface IMetricsTabProps {
  runId: string;
  metrics: readonly IMetricSummary[];
  histories: Histories;
  /** Asks for the curves of these metrics. */
  onShow: (keys: readonly string[]) => void;
  trans: TranslationBundle;
}

const CHART_HEIGHT = 190;

/** All curves are of the same run, so that naming it beside each value says nothing. */
const ONE_CURVE = [{ label: '' }];

/** Metrics with a history as curves, and all of them in numbers. */
export function MetricsTab(props: IMetricsTabProps): JSX.Element {
  const { metrics, onShow, trans } = props;
  const [settings, setSettings] = React.useState<IChartSettings>({ axis: 'step', isLog: false });
  const withCurve = metrics.filter(metric => metric.count > 1);
  const [shown, filter] = useFilter(withCurve, metric => metric.key, trans.__('Filter curves'));
  const keys = shown.map(metric => metric.key).join('\n');
  React.useEffect(() => onShow(keys ? keys.split('\n') : []), [keys]);

  if (metrics.length === 0) {
    return (
      <div className="nbt-Run-page">
        <Notice kind="empty" code='nbtrack.log_metric("loss", loss, step=i)'>
          {trans.__('No metrics yet. In a loop, log one at each step:')}
        </Notice>
      </div>
    );
  }
  return (
    <div className="nbt-Run-page">
      {withCurve.length > 0 ? (
        <div>
          <ChartToolbar settings={settings} onChange={setSettings} trans={trans}>
            {filter}
          </ChartToolbar>
          <div className="nbt-Chart-grid">
            {shown.map(metric => (
              <Curve key={metric.key} {...props} metric={metric} settings={settings} />
            ))}
          </div>
        </div>
      ) : null}
      <SummaryTable metrics={metrics} trans={trans} />
    </div>
  );
}

interface ICurveProps extends IMetricsTabProps {
  metric: IMetricSummary;
  settings: IChartSettings;
}

function Curve({ metric, settings, runId, histories, trans }: ICurveProps): JSX.Element {
  const history = histories.get(runId, metric.key);
  return (
    <ChartCard
      metric={metric.key}
      readout={<NumberText value={metric.last} />}
      histories={history ? [history] : []}
      curves={ONE_CURVE}
      error={histories.error(runId, metric.key)}
      settings={settings}
      height={CHART_HEIGHT}
      syncKey={`nbtrack-run-${runId}`}
      trans={trans}
    />
  );
}

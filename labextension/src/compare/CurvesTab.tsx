import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IHistory } from '../api';
import { ChartCard, type IChartSettings } from '../charts/ChartCard';
import { ChartToolbar } from '../charts/ChartToolbar';
import { Notice } from '../component/Notice';
import { useFilter } from '../component/useFilter';
import type { CompareModel } from './model';

export interface ICurvesTabProps {
  model: CompareModel;
  trans: TranslationBundle;
}

const CHART_HEIGHT = 240;

/** The curves of all shown runs, one chart for each metric. */
export function CurvesTab({ model, trans }: ICurvesTabProps): JSX.Element {
  const [settings, setSettings] = React.useState<IChartSettings>({ axis: 'step', isLog: false });
  React.useEffect(() => void model.openCurves(), [model]);
  const all = model.curveKeys;
  const [keys, filter] = useFilter(all ?? [], key => key, trans.__('Filter curves'));
  const wanted = keys.join('\n');
  React.useEffect(() => void model.showCurves(wanted ? wanted.split('\n') : []), [model, wanted]);

  if (all === null) {
    return model.error ? (
      <Notice kind="error">{model.error}</Notice>
    ) : (
      <Notice kind="loading">{trans.__('Loading…')}</Notice>
    );
  }
  if (all.length === 0) {
    return (
      <Notice kind="empty" code='nbtrack.log_metric("loss", loss, step=i)'>
        {trans.__(
          'None of these runs has a metric with more than one point. Log one at each step:'
        )}
      </Notice>
    );
  }
  return (
    <div>
      <ChartToolbar settings={settings} onChange={setSettings} trans={trans}>
        {filter}
      </ChartToolbar>
      <div className="nbt-Chart-grid nbt-Compare-curves">
        {keys.map(key => (
          <Curves key={key} metric={key} model={model} settings={settings} trans={trans} />
        ))}
      </div>
    </div>
  );
}

interface ICurvesProps extends ICurvesTabProps {
  metric: string;
  settings: IChartSettings;
}

function Curves({ metric, model, settings, trans }: ICurvesProps): JSX.Element {
  const drawn = model.shownRuns.flatMap(run => {
    const history = model.histories.get(run.id, metric);
    return history ? [{ run, history }] : [];
  });
  const failed = model.shownRuns.map(run => model.histories.error(run.id, metric));
  const isExpected = model.shownRuns.some(run => model.count(run.id, metric) > 0);
  if (!isExpected) {
    return <EmptyCurves metric={metric} trans={trans} />;
  }
  const histories: IHistory[] = drawn.map(({ history }) => history);
  return (
    <ChartCard
      metric={metric}
      histories={histories}
      curves={drawn.map(({ run }) => ({ label: run.name, ...model.style(run.id) }))}
      error={failed.find(error => error !== null) ?? null}
      settings={settings}
      height={CHART_HEIGHT}
      syncKey="nbtrack-compare"
      trans={trans}
    />
  );
}

function EmptyCurves({ metric, trans }: { metric: string; trans: TranslationBundle }): JSX.Element {
  return (
    <figure className="nbt-Chart-card">
      <figcaption className="nbt-Chart-head">
        <span className="nbt-Chart-title">{metric}</span>
      </figcaption>
      <Notice kind="empty">{trans.__('None of the shown runs has it.')}</Notice>
    </figure>
  );
}

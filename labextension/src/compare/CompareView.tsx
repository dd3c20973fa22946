import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { NotLoaded } from '../component/NotLoaded';
import { Notice } from '../component/Notice';
import { TabPanel, Tabs, type ITab } from '../component/Tabs';
import { CompareTable } from './CompareTable';
import { CurvesTab } from './CurvesTab';
import { Legend } from './Legend';
import type { CompareModel } from './model';

/** ECharts is only loaded by who opens one of its plots. */
const ParallelPlot = React.lazy(() => import('./ParallelPlot'));
const ScatterPlot = React.lazy(() => import('./ScatterPlot'));

export interface ICompareViewProps {
  model: CompareModel;
  /** Unique on the page. */
  idPrefix: string;
  onOpen: (runId: string) => void;
  /** Now, in milliseconds. */
  now: number;
  trans: TranslationBundle;
}

function compareTabs(trans: TranslationBundle): ITab[] {
  return [
    { id: 'table', label: trans.__('Table') },
    { id: 'curves', label: trans.__('Curves') },
    { id: 'parallel', label: trans.__('Parallel') },
    { id: 'scatter', label: trans.__('Scatter') }
  ];
}

/** A comparison's whole tab. */
export function CompareView(props: ICompareViewProps): JSX.Element {
  const { model, idPrefix, onOpen, now, trans } = props;
  const { comparison, error } = model;
  const [selected, setSelected] = React.useState('table');
  if (!comparison) {
    return (
      <div className="nbt-Compare-page">
        <NotLoaded error={error} retry={() => model.refresh()} trans={trans} />
      </div>
    );
  }
  if (comparison.runs.length === 0) {
    return (
      <div className="nbt-Compare-page">
        <Notice kind="empty">
          {trans.__('Nothing to compare. Select runs in the sidebar and choose Compare.')}
        </Notice>
      </div>
    );
  }
  return (
    <>
      <Legend model={model} onOpen={onOpen} now={now} trans={trans} />
      <div className="nbt-Compare-main">
        {error ? <Notice kind="error">{error}</Notice> : null}
        <Tabs
          idPrefix={idPrefix}
          label={trans.__('Ways to compare')}
          tabs={compareTabs(trans)}
          selected={selected}
          onSelect={setSelected}
        />
        <TabPanel idPrefix={idPrefix} selected={selected}>
          <div className="nbt-Compare-page">
            <React.Suspense fallback={<Notice kind="loading">{trans.__('Loading…')}</Notice>}>
              <Part {...props} part={selected} />
            </React.Suspense>
          </div>
        </TabPanel>
      </div>
    </>
  );
}

function Part(props: ICompareViewProps & { part: string }): JSX.Element | null {
  const { model, onOpen, part, trans } = props;
  const { comparison } = model;
  if (!comparison) {
    return null;
  }
  switch (part) {
    case 'curves':
      return <CurvesTab model={model} trans={trans} />;
    case 'parallel':
      return <ParallelPlot model={model} comparison={comparison} onOpen={onOpen} trans={trans} />;
    case 'scatter':
      return <ScatterPlot model={model} comparison={comparison} onOpen={onOpen} trans={trans} />;
    default:
      return <CompareTable model={model} trans={trans} />;
  }
}

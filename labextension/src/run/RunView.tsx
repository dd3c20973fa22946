import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IArtifact, IRunDetail } from '../api';
import { NotLoaded } from '../component/NotLoaded';
import { Notice } from '../component/Notice';
import { TabPanel, Tabs, type ITab } from '../component/Tabs';
import type { IRunActions } from './actions';
import { ArtifactsTab } from './artifacts/ArtifactsTab';
import { DataTab } from './inputs/DataTab';
import { EnvironmentTab } from './inputs/EnvironmentTab';
import { MetricsTab } from './metrics/MetricsTab';
import type { RunModel } from './model';
import { Overview } from './overview/Overview';
import { RunHeader } from './RunHeader';
import { CodeTab } from './source/CodeTab';
import type { ISourceRenderer } from './source/renderSource';

export interface IRunViewProps {
  model: RunModel;
  actions: IRunActions;
  renderer: ISourceRenderer;
  /** Now, in milliseconds. */
  now: number;
  trans: TranslationBundle;
}

function runTabs(detail: IRunDetail, trans: TranslationBundle): ITab[] {
  return [
    { id: 'overview', label: trans.__('Overview') },
    { id: 'metrics', label: trans.__('Metrics'), count: detail.metrics.length },
    { id: 'artifacts', label: trans.__('Artifacts') },
    { id: 'code', label: trans.__('Code') },
    { id: 'data', label: trans.__('Data'), count: detail.inputs.length },
    { id: 'environment', label: trans.__('Environment') }
  ];
}

/** A run's whole tab. */
export function RunView(props: IRunViewProps): JSX.Element {
  const { model, actions, now, trans } = props;
  const { detail, error } = model;
  const [selected, setSelected] = React.useState('overview');
  if (!detail) {
    return (
      <div className="nbt-Run-page">
        <NotLoaded error={error} retry={() => model.refresh()} trans={trans} />
      </div>
    );
  }
  const idPrefix = `nbt-run-${model.runId}`;
  const openFigure = (figure: IArtifact) => {
    void model.artifacts.reveal(figure);
    setSelected('artifacts');
  };
  return (
    <>
      <RunHeader
        detail={detail}
        previousId={model.previousId}
        actions={actions}
        now={now}
        trans={trans}
      />
      {error ? <Notice kind="error">{error}</Notice> : null}
      <Tabs
        idPrefix={idPrefix}
        label={trans.__('Parts of the run')}
        tabs={runTabs(detail, trans)}
        selected={selected}
        onSelect={setSelected}
      />
      <TabPanel idPrefix={idPrefix} selected={selected}>
        <Part {...props} detail={detail} part={selected} onOpenFigure={openFigure} />
      </TabPanel>
    </>
  );
}

interface IPartProps extends IRunViewProps {
  detail: IRunDetail;
  part: string;
  onOpenFigure: (figure: IArtifact) => void;
}

function Part(props: IPartProps): JSX.Element {
  const { model, detail, part, actions, renderer, onOpenFigure, trans } = props;
  switch (part) {
    case 'metrics':
      return (
        <MetricsTab
          runId={model.runId}
          metrics={detail.metrics}
          histories={model.histories}
          onShow={keys => void model.showCurves(keys)}
          trans={trans}
        />
      );
    case 'artifacts':
      return <ArtifactsTab artifacts={model.artifacts} renderer={renderer} trans={trans} />;
    case 'code':
      return <CodeTab cells={detail.cells} actions={actions} renderer={renderer} trans={trans} />;
    case 'data':
      return <DataTab inputs={detail.inputs} trans={trans} />;
    case 'environment':
      return <EnvironmentTab environment={detail.environment} trans={trans} />;
    default:
      return (
        <Overview
          detail={detail}
          figures={model.figures}
          search={model.search}
          urlOf={path => model.artifacts.url(path)}
          onOpenFigure={onOpenFigure}
          actions={actions}
          trans={trans}
        />
      );
  }
}

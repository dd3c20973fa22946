import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IArtifact, IComparison, IRunDetail } from '../../api';
import { Notice } from '../../component/Notice';
import type { IRunActions } from '../actions';
import { Children } from './Children';
import { Failure } from './Failure';
import { Figures } from './Figures';
import { Models } from './Models';
import { Metrics, Params } from './Values';

export interface IOverviewProps {
  detail: IRunDetail;
  figures: readonly IArtifact[];
  search: IComparison | null;
  urlOf: (path: string) => string;
  onOpenFigure: (figure: IArtifact) => void;
  actions: IRunActions;
  trans: TranslationBundle;
}

/** What a run was and what came of it, on one page. */
export function Overview(props: IOverviewProps): JSX.Element {
  const { detail, figures, search, urlOf, onOpenFigure, actions, trans } = props;
  return (
    <div className="nbt-Run-page">
      {detail.run.warning ? <Notice kind="warning">{detail.run.warning}</Notice> : null}
      <Failure run={detail.run} cells={detail.cells} trans={trans} />
      <Children runs={detail.children} comparison={search} actions={actions} trans={trans} />
      <div className="nbt-Run-columns nbt-Run-values">
        <Metrics metrics={detail.metrics} trans={trans} />
        <Params params={detail.params} trans={trans} />
      </div>
      <Models models={detail.models} actions={actions} trans={trans} />
      <Figures figures={figures} urlOf={urlOf} onOpen={onOpenFigure} trans={trans} />
    </div>
  );
}

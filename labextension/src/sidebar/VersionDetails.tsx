import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import type { IPromotion, IVersionDetail } from '../api';
import { MetricValue, PanelMessage } from '../component';
import { formatAge, formatExactTime } from '../format';
import type { IRunsModel, VersionReading } from '../model';

export interface IVersionDetailsProps {
  reading: VersionReading | null;
  /** What it is of, for who can't see where it stands. */
  label: string;
  runs: IRunsModel;
  now: number;
  trans: TranslationBundle;
  openRun: (runId: string) => void;
}

/** All that is known of a version of a registered model, below its row. */
export function VersionDetails(props: IVersionDetailsProps): JSX.Element {
  const { reading, trans, label } = props;
  if (reading === null) {
    return <PanelMessage text={trans.__('Loading…')} />;
  }
  if ('error' in reading) {
    const text = trans.__('The version cannot be read: %1', reading.error.message);
    return <PanelMessage isError text={text} />;
  }
  const { detail } = reading;
  return (
    <div className="nbt-ModelVersion" role="group" aria-label={label}>
      {detail.description && <p className="nbt-ModelVersion-text">{detail.description}</p>}
      <dl>
        <Origin {...props} detail={detail} />
        {detail.user && <Pair name={trans.__('By')}>{detail.user}</Pair>}
        {detail.stage !== 'None' && <Pair name={trans.__('Stage')}>{detail.stage}</Pair>}
        {Object.entries(detail.tags).map(([key, value]) => (
          <Pair key={key} name={key}>
            {value}
          </Pair>
        ))}
        {detail.metrics.map(({ key, value, dataset, at }) => (
          <Pair key={`${key} ${at} ${dataset}`} name={key} note={dataset}>
            <MetricValue name={key} value={value} />
          </Pair>
        ))}
      </dl>
      {detail.promotions.map(promotion => (
        <Promotion key={`${promotion.alias} ${promotion.at}`} {...props} promotion={promotion} />
      ))}
    </div>
  );
}

/** The run that made it; the URI that it was registered from, where that is no run. */
function Origin(props: IVersionDetailsProps & { detail: IVersionDetail }): JSX.Element {
  const { detail, runs, trans, openRun } = props;
  const { runId } = detail;
  if (runId === null) {
    return <Pair name={trans.__('From')}>{detail.source}</Pair>;
  }
  return (
    <Pair name={trans.__('Run')} hint={runId}>
      <button type="button" className="nbt-ModelVersion-run" onClick={() => openRun(runId)}>
        {runs.run(runId)?.name ?? runId}
      </button>
    </Pair>
  );
}

function Promotion(props: IVersionDetailsProps & { promotion: IPromotion }): JSX.Element {
  const { promotion, now, trans } = props;
  const { alias, at, user, reason, findings } = promotion;
  return (
    <p className="nbt-ModelVersion-text" title={formatExactTime(at)}>
      {trans.__('%1 made it %2, %3', user, alias, formatAge(at, now, trans))}
      {reason && `: ${reason}`}
      {findings.map(finding => (
        <span key={finding} className="nbt-ModelVersion-finding">
          {finding}
        </span>
      ))}
    </p>
  );
}

function Pair(props: {
  name: string;
  note?: string | null;
  hint?: string;
  children: React.ReactNode;
}): JSX.Element {
  const { name, note, hint, children } = props;
  return (
    <div className="nbt-ModelVersion-pair">
      <dt title={name}>
        {name}
        {note && <span className="nbt-ModelVersion-note"> {note}</span>}
      </dt>
      <dd title={hint ?? (typeof children === 'string' ? children : undefined)}>{children}</dd>
    </div>
  );
}

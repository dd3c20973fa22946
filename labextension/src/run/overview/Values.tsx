import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IMetricSummary, IParam } from '../../api';
import { DenseTable } from '../../component/DenseTable';
import { Notice } from '../../component/Notice';
import { columnPads, NumberText } from '../../component/numbers';
import { Section } from '../../component/Section';
import { useFilter } from '../../component/useFilter';

export interface IParamsProps {
  params: readonly IParam[];
  trans: TranslationBundle;
}

const byKey = (a: { key: string }, b: { key: string }) => a.key.localeCompare(b.key);

export function Params({ params, trans }: IParamsProps): JSX.Element {
  const [rows, filter] = useFilter(params, param => param.key, trans.__('Filter params'));
  return (
    <Section title={trans.__('Params')} count={params.length} tools={filter}>
      {params.length === 0 ? (
        <Notice kind="empty" code='nbtrack.log_param("depth", 6)'>
          {trans.__('None. Log one with')}
        </Notice>
      ) : (
        <DenseTable
          label={trans.__('Params')}
          rows={rows}
          rowKey={param => param.key}
          columns={[
            {
              key: 'key',
              label: trans.__('Name'),
              compare: byKey,
              render: param => <Key of={param} />
            },
            {
              key: 'value',
              label: trans.__('Value'),
              render: ({ value }) => (
                <span className="nbt-Run-value" title={value}>
                  {value}
                </span>
              )
            }
          ]}
        />
      )}
    </Section>
  );
}

export interface IMetricsProps {
  metrics: readonly IMetricSummary[];
  trans: TranslationBundle;
}

export function Metrics({ metrics, trans }: IMetricsProps): JSX.Element {
  const [rows, filter] = useFilter(metrics, metric => metric.key, trans.__('Filter metrics'));
  const pads = columnPads(rows.map(metric => metric.last));
  const padOf = new Map(rows.map((metric, i) => [metric.key, pads[i]]));
  return (
    <Section title={trans.__('Metrics')} count={metrics.length} tools={filter}>
      {metrics.length === 0 ? (
        <Notice kind="empty" code='nbtrack.log_metric("test_f1", 0.94)'>
          {trans.__('None. Log one with')}
        </Notice>
      ) : (
        <DenseTable
          label={trans.__('Metrics')}
          rows={rows}
          rowKey={metric => metric.key}
          columns={[
            {
              key: 'key',
              label: trans.__('Name'),
              compare: byKey,
              render: metric => <Key of={metric} />
            },
            {
              key: 'last',
              label: trans.__('Value'),
              isNumber: true,
              render: ({ key, last }) => <NumberText value={last} pad={padOf.get(key)} />
            }
          ]}
        />
      )}
    </Section>
  );
}

function Key({ of: { key } }: { of: { key: string } }): JSX.Element {
  return <span title={key}>{key}</span>;
}

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

export function Params({ params, trans }: IParamsProps): JSX.Element {
  return (
    <Values
      all={params}
      label={trans.__('Params')}
      filterLabel={trans.__('Filter params')}
      hint={'nbtrack.log_param("depth", 6)'}
      renderer={() => renderParam}
      trans={trans}
    />
  );
}

export interface IMetricsProps {
  metrics: readonly IMetricSummary[];
  trans: TranslationBundle;
}

export function Metrics({ metrics, trans }: IMetricsProps): JSX.Element {
  return (
    <Values
      all={metrics}
      label={trans.__('Metrics')}
      filterLabel={trans.__('Filter metrics')}
      hint={'nbtrack.log_metric("test_f1", 0.94)'}
      isNumber
      renderer={aligned}
      trans={trans}
    />
  );
}

interface IValuesProps<Row> {
  all: readonly Row[];
  label: string;
  filterLabel: string;
  /** How one is logged. */
  hint: string;
  isNumber?: boolean;
  /** How values are shown beside those of these rows. */
  renderer: (rows: readonly Row[]) => (row: Row) => JSX.Element;
  trans: TranslationBundle;
}

/** Keys and their values, with a box to find one where there are many. */
function Values<Row extends { key: string }>(props: IValuesProps<Row>): JSX.Element {
  const { all, label, isNumber, trans } = props;
  const [rows, filter] = useFilter(all, row => row.key, props.filterLabel);
  return (
    <Section title={label} count={all.length} tools={filter}>
      {all.length === 0 ? (
        <Notice kind="empty" code={props.hint}>
          {trans.__('None. Log one with')}
        </Notice>
      ) : (
        <DenseTable
          label={label}
          rows={rows}
          rowKey={row => row.key}
          columns={[
            {
              key: 'key',
              label: trans.__('Name'),
              compare: (a, b) => a.key.localeCompare(b.key),
              render: ({ key }) => <span title={key}>{key}</span>
            },
            { key: 'value', label: trans.__('Value'), isNumber, render: props.renderer(rows) }
          ]}
        />
      )}
    </Section>
  );
}

function renderParam({ value }: IParam): JSX.Element {
  return (
    <span className="nbt-Run-value" title={value}>
      {value}
    </span>
  );
}

/** Numbers, one point above the other. */
function aligned(rows: readonly IMetricSummary[]): (metric: IMetricSummary) => JSX.Element {
  const pads = columnPads(rows.map(metric => metric.last));
  const padOf = new Map(rows.map((metric, i) => [metric.key, pads[i]]));
  return function renderNumber({ key, last }: IMetricSummary): JSX.Element {
    return <NumberText value={last} pad={padOf.get(key)} />;
  };
}

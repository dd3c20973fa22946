import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IMetricSummary, JsonNumber } from '../../api';
import { DenseTable, type IColumn } from '../../component/DenseTable';
import { columnPads, NumberText } from '../../component/numbers';
import { Section } from '../../component/Section';
import { useFilter } from '../../component/useFilter';

export interface ISummaryTableProps {
  metrics: readonly IMetricSummary[];
  trans: TranslationBundle;
}

type Valued = 'last' | 'first' | 'min' | 'max';

function valueColumn(
  field: Valued,
  label: string,
  rows: readonly IMetricSummary[]
): IColumn<IMetricSummary> {
  const pads = columnPads(rows.map(row => row[field]));
  const padOf = new Map(rows.map((row, i) => [row.key, pads[i]]));
  const number = (value: JsonNumber) => (value === 'NaN' ? -Infinity : Number(value));
  return {
    key: field,
    label,
    isNumber: true,
    compare: (a, b) => number(a[field]) - number(b[field]) || 0,
    render: row => <NumberText value={row[field]} pad={padOf.get(row.key)} />
  };
}

/** What is kept of each metric whatever its length. */
export function SummaryTable({ metrics, trans }: ISummaryTableProps): JSX.Element {
  const [rows, filter] = useFilter(metrics, metric => metric.key, trans.__('Filter metrics'));
  const columns: IColumn<IMetricSummary>[] = [
    {
      key: 'key',
      label: trans.__('Metric'),
      compare: (a, b) => a.key.localeCompare(b.key),
      render: ({ key }) => <span title={key}>{key}</span>
    },
    valueColumn('last', trans.__('Last'), rows),
    valueColumn('first', trans.__('First'), rows),
    valueColumn('min', trans.__('Min'), rows),
    valueColumn('max', trans.__('Max'), rows),
    {
      key: 'count',
      label: trans.__('Points'),
      isNumber: true,
      compare: (a, b) => a.count - b.count,
      render: ({ count }) => count
    },
    {
      key: 'bestStep',
      label: trans.__('Best step'),
      isNumber: true,
      compare: (a, b) => a.bestStep - b.bestStep,
      render: ({ bestStep, count }) => (count > 1 ? bestStep : '–')
    }
  ];
  return (
    <Section title={trans.__('All metrics')} count={metrics.length} tools={filter}>
      <div className="nbt-Run-scrollTable">
        <DenseTable
          label={trans.__('All metrics')}
          rows={rows}
          rowKey={row => row.key}
          columns={columns}
        />
      </div>
    </Section>
  );
}

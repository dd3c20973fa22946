import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IComparison, IRunRow, JsonNumber } from '../../api';
import { DenseTable, type IColumn } from '../../component/DenseTable';
import { Notice } from '../../component/Notice';
import { columnPads, NumberText } from '../../component/numbers';
import { Section } from '../../component/Section';
import type { IRunActions } from '../actions';
import { searchTable, type ISearchRow, type ISearchTable } from './search';

export interface IChildrenProps {
  runs: readonly IRunRow[];
  comparison: IComparison | null;
  actions: IRunActions;
  trans: TranslationBundle;
}

/** Missing values sort first, numbers as numbers, text as text. */
function compareValues(a: JsonNumber | null, b: JsonNumber | null): number {
  return Number(a ?? -Infinity) - Number(b ?? -Infinity);
}

function compareText(a: string | null, b: string | null): number {
  return (a ?? '').localeCompare(b ?? '', undefined, { numeric: true });
}

function shortName(key: string): string {
  return key.slice(key.lastIndexOf('__') + 1).replace(/^_/, '');
}

function columns(
  table: ISearchTable,
  actions: IRunActions,
  trans: TranslationBundle
): IColumn<ISearchRow>[] {
  const pads = table.metrics.map((_, i) => columnPads(table.rows.map(row => row.metrics[i] ?? 0)));
  const at = new Map(table.rows.map((row, i) => [row.runId, i]));
  return [
    {
      key: '#run',
      label: trans.__('Run'),
      render: row => (
        <button type="button" className="nbt-Link" onClick={() => actions.openRun(row.runId)}>
          {row.name}
        </button>
      )
    },
    ...table.params.map((key, i) => ({
      key: `param ${key}`,
      label: shortName(key),
      compare: (a: ISearchRow, b: ISearchRow) => compareText(a.params[i], b.params[i]),
      render: (row: ISearchRow) => <span title={`${key} = ${row.params[i]}`}>{row.params[i]}</span>
    })),
    ...table.metrics.map((key, i) => ({
      key: `metric ${key}`,
      label: key,
      isNumber: true,
      compare: (a: ISearchRow, b: ISearchRow) => compareValues(a.metrics[i], b.metrics[i]),
      render: (row: ISearchRow) => {
        const value = row.metrics[i];
        const isBest = i === 0 && row.isBest;
        return value === null ? (
          '–'
        ) : (
          <span className={isBest ? 'nbt-Best' : undefined}>
            {isBest ? <span aria-label={trans.__('best')}>★ </span> : null}
            <NumberText value={value} pad={pads[i][at.get(row.runId) ?? 0]} />
          </span>
        );
      }
    }))
  ];
}

/** The candidates of a search, best first. */
export function Children(props: IChildrenProps): JSX.Element | null {
  const { runs, comparison, actions, trans } = props;
  const table = React.useMemo(() => comparison && searchTable(comparison), [comparison]);
  if (runs.length === 0) {
    return null;
  }
  const tools = (
    <button
      type="button"
      className="nbt-Button nbt-mod-quiet"
      onClick={() => actions.compare(runs.map(run => run.id))}
    >
      {trans.__('Compare all')}
    </button>
  );
  return (
    <Section title={trans.__('Child runs')} count={runs.length} tools={tools}>
      {table ? (
        <div className="nbt-Run-scrollTable">
          <DenseTable
            label={trans.__('Child runs')}
            columns={columns(table, actions, trans)}
            rows={table.rows}
            rowKey={row => row.runId}
          />
        </div>
      ) : (
        <Notice kind="loading">{trans.__('Loading…')}</Notice>
      )}
    </Section>
  );
}

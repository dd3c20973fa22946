import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IRunRow, JsonNumber } from '../api';
import { Notice } from '../component/Notice';
import { NumberText } from '../component/numbers';
import type { CompareModel } from './model';
import { compareTable, type Cell, type IFoldedRows, type ITableRow } from './table';

export interface ICompareTableProps {
  model: CompareModel;
  trans: TranslationBundle;
}

/** Metrics and params of the shown runs side by side, differences first. */
export function CompareTable({ model, trans }: ICompareTableProps): JSX.Element {
  const { comparison, shownRuns } = model;
  if (!comparison || shownRuns.length === 0) {
    return <Notice kind="empty">{trans.__('No run is shown. Tick one at the left.')}</Notice>;
  }
  const table = compareTable(comparison, id => model.isShown(id));
  return (
    <table className="nbt-Table nbt-Compare-table" aria-label={trans.__('Comparison')}>
      <thead>
        <tr>
          <th scope="col" className="nbt-Compare-corner" />
          {shownRuns.map(run => (
            <RunHead key={run.id} run={run} color={model.style(run.id).color} />
          ))}
          <th className="nbt-Compare-rest" aria-hidden="true" />
        </tr>
      </thead>
      <Group<JsonNumber | null>
        title={trans.__('Metrics')}
        rows={table.metrics}
        trans={trans}
        renderRow={row => <MetricCells row={row} trans={trans} />}
      />
      <Group<string | null>
        title={trans.__('Params')}
        rows={table.params}
        trans={trans}
        renderRow={row => <ParamCells row={row} />}
      />
    </table>
  );
}

function RunHead({ run, color }: { run: IRunRow; color: string }): JSX.Element {
  return (
    <th scope="col" className="nbt-Compare-runHead" title={run.name}>
      <span className="nbt-Chart-swatch" style={{ background: color }} />
      {run.name}
    </th>
  );
}

interface IGroupProps<T extends Cell> {
  title: string;
  rows: IFoldedRows<T>;
  renderRow: (row: ITableRow<T>) => React.ReactNode;
  trans: TranslationBundle;
}

function Group<T extends Cell>(props: IGroupProps<T>): JSX.Element | null {
  const { title, rows, renderRow, trans } = props;
  const [isOpen, setIsOpen] = React.useState(false);
  const { differing, equal } = rows;
  if (differing.length + equal.length === 0) {
    return null;
  }
  const shown = isOpen ? [...differing, ...equal] : differing;
  return (
    <tbody>
      <tr className="nbt-Compare-group">
        <th scope="rowgroup">{title}</th>
      </tr>
      {shown.map(row => (
        <tr key={row.key} data-differs={row.differs || undefined}>
          <th scope="row" title={row.key}>
            {row.key}
          </th>
          {renderRow(row)}
          <td className="nbt-Compare-rest" aria-hidden="true" />
        </tr>
      ))}
      {equal.length > 0 ? (
        <tr className="nbt-Compare-fold">
          <th>
            <button
              type="button"
              className="nbt-Link"
              aria-expanded={isOpen}
              onClick={() => setIsOpen(!isOpen)}
            >
              {isOpen
                ? trans._n('Fold %1 equal row', 'Fold %1 equal rows', equal.length)
                : trans._n('%1 equal row', '%1 equal rows', equal.length)}
            </button>
          </th>
        </tr>
      ) : null}
    </tbody>
  );
}

function ParamCells({ row }: { row: ITableRow<string | null> }): JSX.Element {
  return (
    <>
      {row.values.map((value, i) => (
        <td key={i} className="nbt-Compare-param" title={value ?? undefined}>
          {value ?? <Missing />}
        </td>
      ))}
    </>
  );
}

interface IMetricCellsProps {
  row: ITableRow<JsonNumber | null>;
  trans: TranslationBundle;
}

function MetricCells({ row, trans }: IMetricCellsProps): JSX.Element {
  return (
    <>
      {row.values.map((value, i) => {
        const isBest = row.best.includes(i);
        return (
          <td key={i} data-best={isBest || undefined}>
            {value === null ? <Missing /> : <NumberText value={value} />}
            {isBest ? (
              <span
                className="nbt-Compare-best"
                title={trans.__('Best')}
                role="img"
                aria-label={trans.__('best')}
              />
            ) : null}
          </td>
        );
      })}
    </>
  );
}

function Missing(): JSX.Element {
  return <span className="nbt-Compare-missing">–</span>;
}

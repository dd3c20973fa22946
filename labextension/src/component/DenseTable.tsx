import * as React from 'react';

export interface IColumn<Row> {
  key: string;
  label: string;
  isNumber?: boolean;
  /** Given, the column's head sorts by it. */
  compare?: (a: Row, b: Row) => number;
  render: (row: Row) => React.ReactNode;
}

export interface IDenseTableProps<Row> {
  label: string;
  /** The first one heads the row. */
  columns: readonly IColumn<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
}

interface IOrder {
  key: string;
  isDescending: boolean;
}

function sorted<Row>(
  rows: readonly Row[],
  columns: readonly IColumn<Row>[],
  order: IOrder | null
): readonly Row[] {
  const compare = columns.find(column => column.key === order?.key)?.compare;
  if (!order || !compare) {
    return rows;
  }
  const sign = order.isDescending ? -1 : 1;
  return [...rows].sort((a, b) => sign * compare(a, b));
}

/** Click sorts upwards, again downwards, and a third time gives back the given order. */
function nextOrder(order: IOrder | null, key: string): IOrder | null {
  if (order?.key !== key) {
    return { key, isDescending: false };
  }
  return order.isDescending ? null : { key, isDescending: true };
}

function ariaSort(order: IOrder | null, key: string): 'ascending' | 'descending' | 'none' {
  if (order?.key !== key) {
    return 'none';
  }
  return order.isDescending ? 'descending' : 'ascending';
}

/** A table of short rows that is sorted by its heads. */
export function DenseTable<Row>(props: IDenseTableProps<Row>): JSX.Element {
  const { label, columns, rows, rowKey } = props;
  const [order, setOrder] = React.useState<IOrder | null>(null);
  const mark = (key: string) => (order?.key === key ? (order.isDescending ? ' ↓' : ' ↑') : '');
  return (
    <table className="nbt-Table" aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ key, label: head, isNumber, compare }) => (
            <th
              key={key}
              scope="col"
              className={isNumber ? 'nbt-mod-number' : undefined}
              aria-sort={compare ? ariaSort(order, key) : undefined}
            >
              {compare ? (
                <button
                  type="button"
                  className="nbt-Table-sort"
                  onClick={() => setOrder(nextOrder(order, key))}
                >
                  {head + mark(key)}
                </button>
              ) : (
                head
              )}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {sorted(rows, columns, order).map(row => (
          <tr key={rowKey(row)}>
            {columns.map((column, i) => {
              const className = column.isNumber ? 'nbt-mod-number' : undefined;
              return i === 0 ? (
                <th key={column.key} scope="row" className={className}>
                  {column.render(row)}
                </th>
              ) : (
                <td key={column.key} className={className}>
                  {column.render(row)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

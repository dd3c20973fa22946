import type { TranslationBundle } from '@jupyterlab/translation';
import Papa from 'papaparse';
import * as React from 'react';
import { Notice } from '../../component/Notice';
import { NumberText } from '../../component/numbers';

const MAX_ROWS = 200;
/** Whole numbers are shown whole: they may be ids. */
const FRACTION = /[.e]/i;

export interface ICsvTableProps {
  label: string;
  text: string;
  /** ',' or a tab; found out when undefined. */
  delimiter?: string;
  trans: TranslationBundle;
}

function isNumeric(rows: readonly string[][], column: number): boolean {
  return rows.every(row => {
    const cell = row[column] ?? '';
    return cell.trim() === '' || !Number.isNaN(Number(cell));
  });
}

/** The first rows of comma- or tab-separated text; the first of all names the columns. */
export function CsvTable({ label, text, delimiter, trans }: ICsvTableProps): JSX.Element {
  const parsed = React.useMemo(() => {
    const { data, meta } = Papa.parse<string[]>(text, {
      delimiter: delimiter ?? '',
      preview: MAX_ROWS + 1,
      skipEmptyLines: true
    });
    const [head = [], ...rows] = data;
    const numeric = head.map((_, i) => isNumeric(rows, i));
    return { head, rows, numeric, isCut: meta.truncated };
  }, [text, delimiter]);
  const { head, rows, numeric, isCut } = parsed;
  const className = (i: number) => (numeric[i] ? 'nbt-mod-number' : undefined);
  if (head.length === 0) {
    return <Notice kind="empty">{trans.__('The file is empty.')}</Notice>;
  }
  return (
    <>
      <table className="nbt-Table nbt-Run-csv" aria-label={label}>
        <thead>
          <tr>
            {head.map((name, i) => (
              <th key={i} scope="col" className={className(i)}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, r) => (
            <tr key={r}>
              {head.map((_, i) => (
                <td key={i} className={className(i)}>
                  {numeric[i] && FRACTION.test(row[i]) ? (
                    <NumberText value={Number(row[i])} />
                  ) : (
                    row[i]
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {isCut ? <Notice kind="empty">{trans.__('The first %1 rows.', MAX_ROWS)}</Notice> : null}
    </>
  );
}

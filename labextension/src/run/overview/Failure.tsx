import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { ICell } from '../../api';
import { Section } from '../../component/Section';

const ESCAPE = String.fromCharCode(27);

/** A terminal's colours, which IPython writes into tracebacks. */
const ANSI = new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'g');

export interface IFailureProps {
  cells: readonly ICell[];
  trans: TranslationBundle;
}

/** The exceptions that ended a run, each with its traceback. */
export function Failure({ cells, trans }: IFailureProps): JSX.Element | null {
  const failed = cells.filter(cell => cell.error !== null);
  if (failed.length === 0) {
    return null;
  }
  return (
    <Section title={trans.__('Error')}>
      {failed.map((cell, i) => (
        <div key={i} className="nbt-Run-failure">
          <div className="nbt-Run-failureMessage">{cell.error}</div>
          {cell.traceback ? (
            <pre className="nbt-Run-traceback" tabIndex={0} aria-label={trans.__('Traceback')}>
              {cell.traceback.replace(ANSI, '')}
            </pre>
          ) : null}
        </div>
      ))}
    </Section>
  );
}

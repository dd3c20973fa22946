import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { ICell, IRunRow } from '../../api';
import { Section } from '../../component/Section';

const ESCAPE = String.fromCharCode(27);

/** A terminal's colours, which IPython writes into tracebacks. */
const ANSI = new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'g');

export interface IFailureProps {
  run: IRunRow;
  cells: readonly ICell[];
  trans: TranslationBundle;
}

/** Where a run that no cell made says why it failed. */
const ERROR_TAG = 'nbtrack.error';

interface IError {
  error: string;
  traceback: string | null;
}

function errors(run: IRunRow, cells: readonly ICell[]): IError[] {
  const inCells = cells.flatMap(({ error, traceback }) => (error ? [{ error, traceback }] : []));
  const tag = run.tags[ERROR_TAG];
  return inCells.length === 0 && tag ? [split(tag)] : inCells;
}

/** The message and, when there is more, all of it as the traceback. */
function split(text: string): IError {
  const lines = text.replace(ANSI, '').trim().split('\n');
  return { error: lines[lines.length - 1], traceback: lines.length > 1 ? text : null };
}

/** The exceptions that ended a run, each with its traceback. */
export function Failure({ run, cells, trans }: IFailureProps): JSX.Element | null {
  const failed = errors(run, cells);
  if (failed.length === 0) {
    return null;
  }
  return (
    <Section title={trans.__('Error')}>
      {failed.map(({ error, traceback }, i) => (
        <div key={i} className="nbt-Run-failure">
          <div className="nbt-Run-failureMessage">{error}</div>
          {traceback ? (
            <pre className="nbt-Run-traceback" tabIndex={0} aria-label={trans.__('Traceback')}>
              {traceback.replace(ANSI, '')}
            </pre>
          ) : null}
        </div>
      ))}
    </Section>
  );
}

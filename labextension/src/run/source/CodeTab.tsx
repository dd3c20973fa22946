import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { ICell } from '../../api';
import { Notice } from '../../component/Notice';
import { formatBytes, formatDuration } from '../../format';
import type { IRunActions } from '../actions';
import type { ISourceRenderer } from './renderSource';
import { SourceView } from './SourceView';

export interface ICodeTabProps {
  cells: readonly ICell[];
  actions: IRunActions;
  renderer: ISourceRenderer;
  trans: TranslationBundle;
}

/** The cells that made the run, as they were executed. */
export function CodeTab({ cells, actions, renderer, trans }: ICodeTabProps): JSX.Element {
  return (
    <div className="nbt-Run-page">
      {cells.length === 0 ? (
        <Notice kind="empty" code="%%track">
          {trans.__(
            'No code was captured. A cell that starts like this keeps its source as executed:'
          )}
        </Notice>
      ) : (
        cells.map((cell, i) => (
          <Cell key={i} cell={cell} actions={actions} renderer={renderer} trans={trans} />
        ))
      )}
    </div>
  );
}

interface ICellProps extends Omit<ICodeTabProps, 'cells'> {
  cell: ICell;
}

function costs(cell: ICell, trans: TranslationBundle): string[] {
  const { wallMs, cpuMs, peakMemoryBytes } = cell;
  return [
    wallMs === null ? '' : formatDuration(wallMs),
    cpuMs === null ? '' : trans.__('CPU %1', formatDuration(cpuMs)),
    peakMemoryBytes === null ? '' : trans.__('peak %1', formatBytes(peakMemoryBytes))
  ].filter(text => text !== '');
}

function Cell({ cell, actions, renderer, trans }: ICellProps): JSX.Element {
  const { notebook, cellId, executionCount, source } = cell;
  return (
    <section className="nbt-Run-cell">
      <div className="nbt-Run-cellHead">
        <span className="nbt-Run-prompt">[{executionCount ?? ' '}]:</span>
        <span className="nbt-Run-facts">
          {notebook ? <span>{notebook}</span> : null}
          {costs(cell, trans).map(cost => (
            <span key={cost}>{cost}</span>
          ))}
        </span>
        <span className="nbt-Run-cellActions">
          {notebook ? (
            <button
              type="button"
              className="nbt-Button nbt-mod-quiet"
              onClick={() => actions.goToCell(notebook, cellId)}
            >
              {trans.__('Go to cell')}
            </button>
          ) : null}
          <CopyButton text={source} trans={trans} />
        </span>
      </div>
      <SourceView
        label={trans.__('Source as executed')}
        source={source}
        mimeType="text/x-ipython"
        renderer={renderer}
      />
    </section>
  );
}

/** How long the button says that it did it. */
const COPIED_MS = 1500;

function CopyButton({ text, trans }: { text: string; trans: TranslationBundle }): JSX.Element {
  const [isCopied, setIsCopied] = React.useState(false);
  React.useEffect(() => {
    if (isCopied) {
      const timer = setTimeout(() => setIsCopied(false), COPIED_MS);
      return () => clearTimeout(timer);
    }
  }, [isCopied]);
  return (
    <button
      type="button"
      className="nbt-Button nbt-mod-quiet"
      onClick={() => {
        Clipboard.copyToSystem(text);
        setIsCopied(true);
      }}
    >
      {isCopied ? trans.__('Copied') : trans.__('Copy')}
    </button>
  );
}

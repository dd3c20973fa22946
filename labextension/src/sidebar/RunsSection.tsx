import { closeIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useRef } from 'react';
import { IconButton, PanelMessage } from '../component';
import type { IRunList, IRunSearch, IRunsModel } from '../model';
import { useElementSize } from '../charts/useElementSize';
import { corrected } from './filter';
import { RunTree, type IRunTreeProps } from './RunTree';

const NAME_WIDTH = 150;
const COLUMN_WIDTH = 60;

export interface IRunsSectionProps extends Omit<IRunTreeProps, 'columns'> {
  compare: (runIds: readonly string[]) => void;
}

/** The list of runs with its head, or what to do when there is none. */
export function RunsSection(props: IRunsSectionProps): JSX.Element {
  return messageOf(props.runs, props.list, props.trans) ?? <Runs {...props} />;
}

/** As many metrics beside the names as there is room for. */
function Runs(props: IRunsSectionProps): JSX.Element {
  const { runs, list, trans } = props;
  const section = useRef<HTMLDivElement>(null);
  const { width } = useElementSize(section);
  const columns = list.columns.slice(
    0,
    Math.max(1, Math.floor((width - NAME_WIDTH) / COLUMN_WIDTH))
  );
  return (
    <div className="nbt-RunList" ref={section} data-columns={columns.length}>
      {runs.error && (
        <div className="nbt-RunList-stale" role="status" title={runs.error.message}>
          {trans.__('The server does not answer; trying again.')}
        </div>
      )}
      {columns.length > 0 && (
        <div className="nbt-RunList-head" aria-hidden="true">
          {columns.map(key => (
            <span key={key} className="nbt-RunList-metric" title={key}>
              {key}
            </span>
          ))}
        </div>
      )}
      <RunTree {...props} columns={columns} />
      <SelectionBar {...props} />
    </div>
  );
}

function SelectionBar({ list, trans, compare }: IRunsSectionProps): JSX.Element | null {
  const { selection } = list;
  if (selection.length === 0) {
    return null;
  }
  return (
    <div className="nbt-RunList-selection" role="toolbar" aria-label={trans.__('Selected runs')}>
      {selection.length === 1 ? (
        <span className="nbt-RunList-hint">{trans.__('Select another run to compare')}</span>
      ) : (
        <button
          type="button"
          className="nbt-RunList-compare jp-mod-styled jp-mod-accept"
          onClick={() => compare(selection)}
        >
          {trans.__('Compare %1 runs', selection.length)}
        </button>
      )}
      <IconButton
        icon={closeIcon}
        label={trans.__('Clear the selection')}
        onClick={() => list.clearSelection()}
      />
    </div>
  );
}

function NothingFound({
  search,
  trans
}: {
  search: IRunSearch;
  trans: TranslationBundle;
}): JSX.Element {
  const setText = (text: string) => () => {
    search.text = text;
    search.hurry();
  };
  if (search.isSearching) {
    return <PanelMessage text="" />;
  }
  const { hint } = search;
  const fixed = hint === null ? null : corrected(search.text, hint);
  if (hint !== null && fixed !== null) {
    const action = { label: trans.__('Change to %1', hint.suggestion), run: setText(fixed) };
    return <PanelMessage text={trans.__('No run matches. %1', hint.message)} action={action} />;
  }
  const text = search.isWords
    ? trans.__('No run has “%1” in its name.', search.text.trim())
    : trans.__('No run matches the filter.');
  const action = { label: trans.__('Show all runs'), run: setText('') };
  return <PanelMessage text={text} action={action} />;
}

function messageOf(runs: IRunsModel, list: IRunList, trans: TranslationBundle): JSX.Element | null {
  if (runs.state === 'loading') {
    return <PanelMessage text={trans.__('Loading runs…')} />;
  }
  if (runs.state === 'failed') {
    const text = trans.__('The store cannot be read: %1', runs.error?.message ?? '');
    const action = { label: trans.__('Try again'), run: () => void runs.refresh() };
    return <PanelMessage isError text={text} action={action} />;
  }
  if (list.items.length > 0) {
    return null;
  }
  if (list.search.isOn) {
    return <NothingFound search={list.search} trans={trans} />;
  }
  return (
    <PanelMessage
      text={trans.__('No runs yet. Type this in a notebook, then fit a model:')}
      code={'%load_ext nbtrack\n%autolog'}
    />
  );
}

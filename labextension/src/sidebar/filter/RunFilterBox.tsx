import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon } from '@jupyterlab/ui-components';
import React, { useEffect, useId, useRef, useState } from 'react';
import { IconButton } from '../../component';
import type { IRunSearch } from '../../model';
import { corrected } from './correction';
import type { FilterEditor } from './filterEditor';

export interface IRunFilterBoxProps {
  search: IRunSearch;
  trans: TranslationBundle;
}

/** Where filters are typed: with completion, and with what is wrong pointed at and explained below. */
export function RunFilterBox({ search, trans }: IRunFilterBoxProps): JSX.Element {
  const { text, mistake } = search;
  const host = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<FilterEditor | null>(null);
  const explanation = useId();

  useEffect(() => {
    let opened: FilterEditor | null = null;
    let isGone = false;
    void openEditor(host.current as HTMLElement, search, trans, explanation).then(made => {
      opened = made;
      if (isGone) {
        made.dispose();
      } else {
        setEditor(made);
      }
    });
    return () => {
      isGone = true;
      opened?.dispose();
    };
  }, [search, trans, explanation]);

  useEffect(() => editor?.setText(text), [editor, text]);
  const wrong = mistake ?? search.hint;
  useEffect(() => editor?.mark(wrong, mistake !== null), [editor, wrong, mistake]);

  const fixed = mistake === null ? null : corrected(text, mistake);
  const fix = (): void => {
    search.text = fixed ?? text;
    search.hurry();
    editor?.focus();
  };
  return (
    <div
      className="nbt-RunFilter"
      data-wrong={mistake !== null || undefined}
      data-searching={search.isSearching || undefined}
    >
      <div
        ref={host}
        className="nbt-RunFilter-editor"
        title={trans.__(
          "Words find runs by name. Filters: metrics.rmse < 1 and params.model = 'tree', status = 'FAILED', age < 2d. Arrow down shows what can follow."
        )}
      />
      {text !== '' && (
        <IconButton
          icon={closeIcon}
          label={trans.__('Clear the filter')}
          onClick={() => {
            search.text = '';
            editor?.focus();
          }}
        />
      )}
      <div id={explanation} className="nbt-RunFilter-explanation" role="status">
        {mistake !== null && (
          <>
            <span>{mistake.message}</span>
            {fixed !== null && (
              <button type="button" className="nbt-RunFilter-fix" onClick={fix}>
                {trans.__('Change to %1', mistake.suggestion)}
              </button>
            )}
          </>
        )}
      </div>
    </div>
  );
}

/** The editor is a chunk of its own. */
async function openEditor(
  parent: HTMLElement,
  search: IRunSearch,
  trans: TranslationBundle,
  describedBy: string
): Promise<FilterEditor> {
  const { FilterEditor } = await import('./filterEditor');
  return new FilterEditor({
    parent,
    describedBy,
    text: search.text,
    label: trans.__('Filter runs'),
    placeholder: trans.__('Filter runs'),
    complete: written => search.complete(written),
    onChange: changed => {
      search.text = changed;
    },
    onEnter: () => search.hurry()
  });
}

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { Notice } from './Notice';

export interface INotLoadedProps {
  /** Why it can't be shown; null while it is on its way. */
  error: string | null;
  retry: () => Promise<void>;
  trans: TranslationBundle;
}

/** Stands in for what the server has not given yet. */
export function NotLoaded({ error, retry, trans }: INotLoadedProps): JSX.Element {
  return error === null ? (
    <Notice kind="loading">{trans.__('Loading…')}</Notice>
  ) : (
    <Notice kind="error">
      {error}{' '}
      <button type="button" className="nbt-Link" onClick={() => void retry()}>
        {trans.__('Try again')}
      </button>
    </Notice>
  );
}

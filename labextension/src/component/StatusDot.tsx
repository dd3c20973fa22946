import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import type { RunStatus } from '../api';

/** A run's status: colour and shape for the eye, a word for everybody else. */
export function StatusDot(props: { status: RunStatus; trans: TranslationBundle }): JSX.Element {
  const word = statusWord(props.status, props.trans);
  return (
    <span
      className="nbt-StatusDot"
      data-status={props.status.toLowerCase()}
      role="img"
      aria-label={word}
      title={word}
    />
  );
}

export function statusWord(status: RunStatus, trans: TranslationBundle): string {
  switch (status) {
    case 'RUNNING':
      return trans.__('running');
    case 'SCHEDULED':
      return trans.__('scheduled');
    case 'FINISHED':
      return trans.__('finished');
    case 'FAILED':
      return trans.__('failed');
    case 'KILLED':
      return trans.__('interrupted');
  }
}

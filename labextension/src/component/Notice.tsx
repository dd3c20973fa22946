import * as React from 'react';

export interface INoticeProps {
  kind: 'empty' | 'loading' | 'error' | 'warning';
  /** What to type next. */
  code?: string;
  children?: React.ReactNode;
}

/** What a panel says when it has nothing to show, or when something went wrong. */
export function Notice({ kind, code, children }: INoticeProps): JSX.Element {
  return (
    <div
      className={`nbt-Notice nbt-mod-${kind}`}
      role={kind === 'error' ? 'alert' : 'status'}
      aria-busy={kind === 'loading'}
    >
      {children}
      {code ? <pre className="nbt-Notice-code">{code}</pre> : null}
    </div>
  );
}

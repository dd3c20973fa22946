import React from 'react';

export interface IPanelMessageProps {
  text: string;
  /** What to type next, as code. */
  code?: string;
  isError?: boolean;
  action?: { label: string; run: () => void };
}

/** What a panel shows instead of rows: that it loads, failed, or how to fill it. */
export function PanelMessage(props: IPanelMessageProps): JSX.Element {
  return (
    <div
      className="nbt-PanelMessage"
      data-error={props.isError || undefined}
      role={props.isError ? 'alert' : 'status'}
    >
      <p>{props.text}</p>
      {props.code && <pre>{props.code}</pre>}
      {props.action && (
        <button type="button" className="nbt-PanelMessage-action" onClick={props.action.run}>
          {props.action.label}
        </button>
      )}
    </div>
  );
}

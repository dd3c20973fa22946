import * as React from 'react';

export interface ISectionProps {
  title: string;
  /** Shown quietly after the title. */
  count?: number;
  /** At the right end of the title's row. */
  tools?: React.ReactNode;
  children: React.ReactNode;
}

/** A titled part of a panel. */
export function Section({ title, count, tools, children }: ISectionProps): JSX.Element {
  return (
    <section className="nbt-Section" aria-label={title}>
      <div className="nbt-Section-head">
        <h3 className="nbt-Section-title">
          {title}
          {count === undefined ? null : <span className="nbt-Section-count">{count}</span>}
        </h3>
        {tools}
      </div>
      {children}
    </section>
  );
}

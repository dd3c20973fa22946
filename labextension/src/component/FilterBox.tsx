import * as React from 'react';

export interface IFilterBoxProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

/** Lists shorter than this are read faster than they are filtered. */
export const FILTER_FROM = 15;

export function FilterBox({ label, value, onChange }: IFilterBoxProps): JSX.Element {
  return (
    <input
      className="nbt-FilterBox"
      type="search"
      placeholder={label}
      aria-label={label}
      value={value}
      onChange={event => onChange(event.target.value)}
    />
  );
}

/** Whether a name contains what was typed, in whatever case. */
export function matches(name: string, query: string): boolean {
  return name.toLowerCase().includes(query.trim().toLowerCase());
}

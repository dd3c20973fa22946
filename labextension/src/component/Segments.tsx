import * as React from 'react';

export interface ISegmentsProps<T extends string> {
  label: string;
  options: readonly { value: T; label: string }[];
  value: T;
  onChange: (value: T) => void;
}

/** A choice between a few, all of them in sight. */
export function Segments<T extends string>(props: ISegmentsProps<T>): JSX.Element {
  const { label, options, value, onChange } = props;
  return (
    <div className="nbt-Segments" role="group" aria-label={label}>
      {options.map(option => (
        <button
          key={option.value}
          type="button"
          className="nbt-Segments-option"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

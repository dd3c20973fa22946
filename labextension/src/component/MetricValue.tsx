import React from 'react';
import type { JsonNumber } from '../api';
import { formatNumber, fullNumber } from '../format';

const DECIMALS = 4;

/** A number at most 4 digits long, with all of them on hover; scores stand at their points. */
export function MetricValue(props: { name: string; value: JsonNumber }): JSX.Element {
  const text = formatNumber(props.value);
  return (
    <span
      className="nbt-Number"
      title={`${props.name} = ${fullNumber(props.value)}`}
      data-pad={padOf(text)}
    >
      {text}
    </span>
  );
}

/** The zeros that an unseen tail adds to "0.94", so that it stands below "0.9412". */
export function padOf(text: string): string {
  const match = /^−?\d(\.\d+)?$/.exec(text);
  if (match === null) {
    return '';
  }
  const fraction = match[1] ?? '';
  // A small score, 0.09091, has more decimals than are kept in line.
  return (fraction || '.').padEnd(DECIMALS + 1, '0').slice(fraction.length);
}

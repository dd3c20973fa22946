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
function padOf(text: string): string {
  const match = /^−?\d(\.\d+)?$/.exec(text);
  if (match === null) {
    return '';
  }
  const fraction = match[1] ?? '';
  return fraction === '' ? `.${'0'.repeat(DECIMALS)}` : '0'.repeat(DECIMALS + 1 - fraction.length);
}

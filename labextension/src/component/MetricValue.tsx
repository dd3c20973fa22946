import React from 'react';
import type { JsonNumber } from '../api';
import { formatNumber, fullNumber } from '../format';

/** A number at most 4 digits long, with all of them on hover. */
export function MetricValue(props: { name: string; value: JsonNumber }): JSX.Element {
  return (
    <span className="nbt-Number" title={`${props.name} = ${fullNumber(props.value)}`}>
      {formatNumber(props.value)}
    </span>
  );
}

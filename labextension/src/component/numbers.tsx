import * as React from 'react';
import type { JsonNumber } from '../api';
import { formatNumber, fullNumber } from '../format';

/**
 * What to add, unseen, behind each of a column's numbers so that right-aligned they stand at their
 * decimal points.
 */
export function pointPads(texts: readonly string[]): string[] {
  const fractions = texts.map(text => {
    const point = text.indexOf('.');
    return point < 0 ? '' : text.slice(point);
  });
  const widest = Math.max(0, ...fractions.map(fraction => fraction.length));
  return fractions.map(fraction => {
    const missing = widest - fraction.length;
    return fraction || missing === 0 ? '0'.repeat(missing) : `.${'0'.repeat(missing - 1)}`;
  });
}

export function columnPads(values: readonly JsonNumber[]): string[] {
  return pointPads(values.map(formatNumber));
}

export interface INumberProps {
  value: JsonNumber;
  pad?: string;
}

/** A number at 4 digits, all of them on hover. */
export function NumberText({ value, pad = '' }: INumberProps): JSX.Element {
  return (
    <span className="nbt-Number" title={fullNumber(value)} data-pad={pad}>
      {formatNumber(value)}
    </span>
  );
}

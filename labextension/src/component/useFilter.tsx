import * as React from 'react';
import { FILTER_FROM, FilterBox, matches } from './FilterBox';

/** The rows whose name matches, and the box to type in once there are many of them. */
export function useFilter<Row>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  label: string
): [readonly Row[], JSX.Element | null] {
  const [query, setQuery] = React.useState('');
  if (rows.length <= FILTER_FROM) {
    return [rows, null];
  }
  const box = <FilterBox label={label} value={query} onChange={setQuery} />;
  return [rows.filter(row => matches(nameOf(row), query)), box];
}

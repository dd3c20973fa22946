import * as React from 'react';

/** The array of the last time for as long as it has the same items, so that it can be a dependency. */
export function useStableArray<T>(items: readonly T[]): readonly T[] {
  const last = React.useRef(items);
  const isSame =
    items.length === last.current.length && items.every((item, i) => item === last.current[i]);
  if (!isSame) {
    last.current = items;
  }
  return last.current;
}

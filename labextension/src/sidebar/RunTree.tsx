import type { TranslationBundle } from '@jupyterlab/translation';
import { useVirtualizer } from '@tanstack/react-virtual';
import React, { useCallback, useEffect, useMemo, useRef } from 'react';
import { useNow } from '../component';
import type { IRunList, IRunsModel } from '../model';
import { onRunKey } from './keyboard';
import { RunRow, type IRunRowCallbacks } from './RunRow';

const ROW_HEIGHT = 40;

export interface IRunTreeProps {
  runs: IRunsModel;
  list: IRunList;
  trans: TranslationBundle;
  /** The metrics that there is room for. */
  columns: readonly string[];
  on: Pick<IRunRowCallbacks, 'open' | 'evaluate' | 'serve'> & { remove: () => void };
}

/** The runs as a tree of which only the visible rows exist, so that 10,000 scroll smoothly. */
export function RunTree({ runs, list, columns, trans, on }: IRunTreeProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const now = useNow();
  const { items, activeId } = list;
  const selected = new Set(list.selection);
  // Its identity tells the virtualizer whether all rows have to be measured anew.
  const getItemKey = useCallback((index: number) => items[index].run.id, [items]);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey,
    overscan: 8
  });

  const activeIndex = items.findIndex(item => item.run.id === activeId);
  useEffect(() => {
    if (activeIndex >= 0) {
      rows.scrollToIndex(activeIndex, { align: 'auto' });
    }
    // Only when the active run changes: new runs arriving must not scroll the list.
  }, [activeId]);

  const callbacks = useMemo<IRunRowCallbacks>(
    () => ({
      ...on,
      toggleSelected: id => list.toggleSelected(id),
      selectTo: id => list.selectTo(id),
      activate: id => {
        list.activeId = id;
      },
      setExpanded: (id, isExpanded) => list.setExpanded(id, isExpanded)
    }),
    [on, list]
  );

  return (
    <div
      ref={scroller}
      className="nbt-RunList-scroller"
      role="tree"
      tabIndex={0}
      aria-label={trans.__('Runs')}
      aria-multiselectable="true"
      aria-activedescendant={activeIndex >= 0 ? domIdOf(items[activeIndex].run.id) : undefined}
      data-selecting={selected.size > 0 || undefined}
      onKeyDown={event => onRunKey(event, list, on)}
    >
      <div className="nbt-RunList-rows" role="none" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(row => {
          const item = items[row.index];
          const key = columns.find(column => column in item.run.metrics);
          return (
            <RunRow
              key={row.key}
              item={item}
              columns={columns}
              isActive={item.run.id === activeId}
              isSelected={selected.has(item.run.id)}
              trail={key === undefined ? [] : runs.trail(item.run.id, key)}
              now={now}
              top={row.start}
              domId={domIdOf(item.run.id)}
              trans={trans}
              on={callbacks}
            />
          );
        })}
      </div>
    </div>
  );
}

function domIdOf(runId: string): string {
  return `nbt-run-${runId}`;
}

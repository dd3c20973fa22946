import type React from 'react';
import type { IRunList } from '../model';

export interface IRunKeyCallbacks {
  open: (id: string) => void;
  remove: () => void;
}

/** Arrows move, Right and Left unfold and fold, Enter opens, Space selects, Delete asks. */
export function onRunKey(event: React.KeyboardEvent, list: IRunList, on: IRunKeyCallbacks): void {
  const { items } = list;
  if (items.length === 0) {
    return;
  }
  const index = items.findIndex(item => item.run.id === list.activeId);
  const item = items[index];
  const moveTo = (to: number): void => {
    const { id } = items[Math.max(0, Math.min(items.length - 1, to))].run;
    if (event.shiftKey) {
      list.selectTo(id);
    } else {
      list.activeId = id;
    }
  };
  const actions: Record<string, (() => void) | undefined> = {
    ArrowDown: () => moveTo(index + 1),
    ArrowUp: () => moveTo(index - 1),
    PageDown: () => moveTo(index + 10),
    PageUp: () => moveTo(index - 10),
    Home: () => moveTo(0),
    End: () => moveTo(items.length - 1),
    ArrowRight: item && (() => (item.isExpanded ? moveTo(index + 1) : unfold(list, index, true))),
    ArrowLeft:
      item && (() => (item.isExpanded ? unfold(list, index, false) : moveTo(above(list, index)))),
    Enter: item && (() => on.open(item.run.id)),
    ' ': item && (() => list.toggleSelected(item.run.id)),
    Delete: () => on.remove(),
    Escape: () => list.clearSelection()
  };
  const action = actions[event.key];
  if (action) {
    event.preventDefault();
    event.stopPropagation();
    action();
  }
}

function unfold(list: IRunList, index: number, isExpanded: boolean): void {
  if (list.items[index].nested > 0) {
    list.setExpanded(list.items[index].run.id, isExpanded);
  }
}

/** The row that this one is folded under; itself at the top. */
function above(list: IRunList, index: number): number {
  const { depth } = list.items[index];
  for (let row = index - 1; row >= 0 && depth > 0; row--) {
    if (list.items[row].depth < depth) {
      return row;
    }
  }
  return index;
}

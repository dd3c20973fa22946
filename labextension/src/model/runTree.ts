import type { IRunRow } from '../api';

/** A row of the list of runs. */
export interface IRunItem {
  readonly run: IRunRow;
  /** 0 for what stands on its own, more for what is folded under another run. */
  readonly depth: number;
  /** Why it is folded under the row above. */
  readonly kind: 'run' | 'attempt' | 'child';
  /** How many rows are folded under it. */
  readonly nested: number;
  readonly isExpanded: boolean;
  /** Place among its siblings, from 1, and how many they are. */
  readonly position: number;
  readonly siblings: number;
}

/** Children of a search under their parent, earlier attempts of a cell under the latest. */
export function arrangeRuns(
  newestFirst: readonly IRunRow[],
  expanded: ReadonlySet<string>
): IRunItem[] {
  const ids = new Set(newestFirst.map(run => run.id));
  const heads = latestAttempts(newestFirst);
  const nested = new Map<string, IRunRow[]>();
  const roots: IRunRow[] = [];
  for (const run of newestFirst) {
    const above = parentOf(run, ids) ?? headOf(run, heads);
    if (above === null) {
      roots.push(run);
    } else {
      const rows = nested.get(above) ?? [];
      nested.set(above, rows);
      rows.push(run);
    }
  }
  const items: IRunItem[] = [];
  const visit = (runs: readonly IRunRow[], depth: number): void => {
    runs.forEach((run, index) => {
      const below = nested.get(run.id) ?? [];
      const isExpanded = below.length > 0 && expanded.has(run.id);
      const kind = depth === 0 ? 'run' : parentOf(run, ids) !== null ? 'child' : 'attempt';
      const place = { position: index + 1, siblings: runs.length };
      items.push({ run, depth, kind, nested: below.length, isExpanded, ...place });
      if (isExpanded) {
        visit(below, depth + 1);
      }
    });
  };
  visit(roots, 0);
  return items;
}

/** The first of the newest attempt of each group: the row that the earlier ones fold under. */
function latestAttempts(newestFirst: readonly IRunRow[]): Map<string, IRunRow> {
  const heads = new Map<string, IRunRow>();
  for (const run of newestFirst) {
    const head = run.groupId === null ? undefined : heads.get(run.groupId);
    if (run.groupId !== null && (head === undefined || run.attempt > head.attempt)) {
      heads.set(run.groupId, run);
    }
  }
  return heads;
}

function parentOf(run: IRunRow, ids: ReadonlySet<string>): string | null {
  return run.parentId !== null && ids.has(run.parentId) ? run.parentId : null;
}

function headOf(run: IRunRow, heads: ReadonlyMap<string, IRunRow>): string | null {
  const head = run.groupId === null ? undefined : heads.get(run.groupId);
  // Runs of one execution of a cell (three fits in a row) stand side by side.
  return head !== undefined && run.attempt < head.attempt ? head.id : null;
}

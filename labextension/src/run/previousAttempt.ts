import type { IClient, IRunRow } from '../api';

/** Attempts of a cell follow each other closely, so that the last one is on the first page. */
const PAGE = 200;

/** The id of the attempt before `run` of the same cell, unless that is its first or is far back. */
export async function previousAttempt(
  client: Pick<IClient, 'runs'>,
  run: IRunRow
): Promise<string | null> {
  if (run.groupId === null || run.attempt < 2) {
    return null;
  }
  const page = await client.runs({ experiment: run.experimentId, limit: PAGE });
  const earlier = page.runs.filter(
    other =>
      other.groupId === run.groupId &&
      other.attempt < run.attempt &&
      other.parentId === run.parentId &&
      other.lifecycle === 'active'
  );
  earlier.sort((a, b) => b.attempt - a.attempt);
  return earlier[0]?.id ?? null;
}

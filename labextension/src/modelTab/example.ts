/** An input example as rows and columns; null where it is none of the kind, or too wide to be read as one. */
export interface IExampleTable {
  columns: string[];
  rows: string[][];
}

const MAX_ROWS = 20;

export function exampleTable(text: string): IExampleTable | null {
  const found = parsed(text);
  if (typeof found !== 'object' || found === null || !('columns' in found && 'data' in found)) {
    return null;
  }
  const { columns, data } = found;
  if (!Array.isArray(columns) || !Array.isArray(data) || !data.every(Array.isArray)) {
    return null;
  }
  const rows = (data as unknown[][]).slice(0, MAX_ROWS).map(row => row.map(cellText));
  return { columns: columns.map(String), rows };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function cellText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

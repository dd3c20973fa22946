/** The text that Python's `repr` of a string without control characters stands for. */
export function fromPythonRepr(repr: string): string {
  return repr.slice(1, -1).replace(/\\(['"\\])/g, '$1');
}

/** A literal of Python; a JSON string is one. */
export function toPythonLiteral(value: string | null): string {
  return value === null ? 'None' : JSON.stringify(value);
}

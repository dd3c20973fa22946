import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';

type ArgType = 'string' | 'strings';

/** The description of a command's arguments that other tools read. */
export function describeArgs(
  args: Record<string, { type: ArgType; description: string; isRequired?: boolean }>
): { args: ReadonlyJSONObject } {
  const properties = Object.entries(args).map(([name, { type, description }]) => [
    name,
    type === 'string'
      ? { type, description }
      : { type: 'array', items: { type: 'string' }, description }
  ]);
  const required = Object.keys(args).filter(name => args[name].isRequired);
  return {
    args: { type: 'object', properties: Object.fromEntries(properties), required }
  };
}

export function stringArg(args: ReadonlyPartialJSONObject, name: string): string | null {
  const value = args[name];
  return typeof value === 'string' ? value : null;
}

/** `runIds`, or `runId` as a list of one, or what is meant without arguments. */
export function runIdsArg(
  args: ReadonlyPartialJSONObject,
  otherwise: readonly string[]
): readonly string[] {
  if (Array.isArray(args.runIds)) {
    return args.runIds.filter((id): id is string => typeof id === 'string');
  }
  const runId = stringArg(args, 'runId');
  return runId === null ? otherwise : [runId];
}

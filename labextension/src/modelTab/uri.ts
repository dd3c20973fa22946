/** What a model's URI names: a version of a registered model, or nothing of the registry. */
export interface IVersionName {
  name: string;
  version: string;
}

/** A registered name holds no slash. */
export function versionOf(uri: string): IVersionName | null {
  const match = /^models:\/([^/]+)\/([^/]+)$/.exec(uri);
  return match && { name: match[1], version: match[2] };
}

export function uriOf({ name, version }: IVersionName): string {
  return `models:/${name}/${version}`;
}

/** A model without a registered name is called by its path. */
export function lastPart(uri: string): string {
  return uri.slice(uri.lastIndexOf('/') + 1);
}

import type { IArtifact } from '../../api';

/** How an artifact is shown. */
export type PreviewKind = 'image' | 'html' | 'json' | 'table' | 'text' | 'large' | 'none';

/** Above this, fetching and drawing a file would make the browser wait. */
export const PREVIEW_LIMIT_BYTES = 2_000_000;

/** Extensions of text that mimetype tables don't know, or call application/something. */
const TEXT_EXTENSIONS = new Set(
  'cfg conf env ini jl js log lock md mjs py r rst sh sql tex toml ts txt xml yaml yml'.split(' ')
);

/** Files without an extension that are text by their name. */
const TEXT_NAMES = new Set(['MLmodel', 'MLproject', 'Dockerfile', 'Makefile', 'LICENSE', 'README']);

export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function extension(path: string): string {
  const name = fileName(path);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
}

function kindOfContent(path: string, mimeType: string): PreviewKind {
  const ext = extension(path);
  if (mimeType.startsWith('image/')) {
    return 'image';
  }
  if (mimeType === 'text/html' || ext === 'html') {
    return 'html';
  }
  if (mimeType === 'application/json' || ext === 'json') {
    return 'json';
  }
  if (ext === 'csv' || ext === 'tsv' || mimeType === 'text/csv') {
    return 'table';
  }
  const isText =
    mimeType.startsWith('text/') || TEXT_EXTENSIONS.has(ext) || TEXT_NAMES.has(fileName(path));
  return isText ? 'text' : 'none';
}

/** Choose how to show a file, by its name, type and size alone. */
export function previewKind({ path, mimeType, sizeBytes }: IArtifact): PreviewKind {
  const kind = kindOfContent(path, mimeType ?? '');
  const isLarge = sizeBytes !== null && sizeBytes > PREVIEW_LIMIT_BYTES;
  return isLarge && kind !== 'none' ? 'large' : kind;
}

/** Whether the preview needs the file's text, rather than its address. */
export function needsText(kind: PreviewKind): boolean {
  return kind === 'json' || kind === 'table' || kind === 'text';
}

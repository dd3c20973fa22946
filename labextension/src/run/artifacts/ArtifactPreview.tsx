import type { TranslationBundle } from '@jupyterlab/translation';
import { downloadIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { IArtifact } from '../../api';
import { Notice } from '../../component/Notice';
import { formatBytes } from '../../format';
import type { ISourceRenderer } from '../source/renderSource';
import { SourceView } from '../source/SourceView';
import { CsvTable } from './CsvTable';
import { extension, fileName, needsText, PREVIEW_LIMIT_BYTES, previewKind } from './kind';
import type { IPreviewText } from './model';

export interface IArtifactPreviewProps {
  artifact: IArtifact;
  url: string;
  /** Null until the file's text is here. */
  preview: IPreviewText | null;
  renderer: ISourceRenderer;
  trans: TranslationBundle;
}

/** A file as it is best looked at, with a way to download it. */
export function ArtifactPreview(props: IArtifactPreviewProps): JSX.Element {
  const { artifact, url, trans } = props;
  const { path, sizeBytes, mimeType } = artifact;
  const facts = [sizeBytes === null ? '' : formatBytes(sizeBytes), mimeType ?? ''];
  return (
    <div className="nbt-Run-preview">
      <div className="nbt-Run-previewHead">
        <span className="nbt-Run-previewPath" title={path}>
          {path}
        </span>
        <span className="nbt-Run-facts">
          {facts.filter(Boolean).map(fact => (
            <span key={fact}>{fact}</span>
          ))}
        </span>
        <a
          className="nbt-Button nbt-mod-quiet"
          href={url}
          download={fileName(path)}
          aria-label={trans.__('Download %1', fileName(path))}
        >
          <downloadIcon.react tag="span" />
          {trans.__('Download')}
        </a>
      </div>
      <div className="nbt-Run-previewBody">
        <Content {...props} />
      </div>
    </div>
  );
}

function Content(props: IArtifactPreviewProps): JSX.Element {
  const { artifact, url, preview, trans } = props;
  const kind = previewKind(artifact);
  if (needsText(kind)) {
    return preview ? (
      <TextContent {...props} preview={preview} />
    ) : (
      <Notice kind="loading">{trans.__('Loading…')}</Notice>
    );
  }
  switch (kind) {
    case 'image':
      return <img className="nbt-Run-image" src={url} alt={artifact.path} />;
    case 'html':
      // The empty attribute forbids scripts, forms and access to the page around it.
      return <iframe className="nbt-Run-html" sandbox="" src={url} title={artifact.path} />;
    case 'large':
      return (
        <Notice kind="empty">
          {trans.__(
            'Files above %1 are not shown here. Download it to look at it.',
            formatBytes(PREVIEW_LIMIT_BYTES)
          )}
        </Notice>
      );
    default:
      return (
        <Notice kind="empty">{trans.__('There is no preview for files of this type.')}</Notice>
      );
  }
}

/** JSON with one value a line; text that is none stays as it is. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

interface ITextContentProps extends IArtifactPreviewProps {
  preview: IPreviewText;
}

function TextContent({ artifact, preview, renderer, trans }: ITextContentProps): JSX.Element {
  const { path } = artifact;
  const { text, error } = preview;
  if (text === null) {
    return <Notice kind="error">{error}</Notice>;
  }
  const kind = previewKind(artifact);
  if (kind === 'table') {
    const delimiter = extension(path) === 'tsv' ? '\t' : undefined;
    return <CsvTable label={path} text={text} delimiter={delimiter} trans={trans} />;
  }
  if (text === '') {
    return <Notice kind="empty">{trans.__('The file is empty.')}</Notice>;
  }
  return (
    <SourceView
      label={path}
      source={kind === 'json' ? prettyJson(text) : text}
      mimeType={kind === 'json' ? 'application/json' : renderer.mimeTypeOf(path)}
      renderer={renderer}
    />
  );
}

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { Notice } from '../../component/Notice';
import type { ISourceRenderer } from '../source/renderSource';
import { ArtifactPreview } from './ArtifactPreview';
import { ArtifactTree } from './ArtifactTree';
import type { ArtifactsModel } from './model';

export interface IArtifactsTabProps {
  artifacts: ArtifactsModel;
  renderer: ISourceRenderer;
  trans: TranslationBundle;
}

const KEEP_CODE = 'nbtrack.log_artifact("report.html")\nnbtrack.log_figure(fig, "curve.png")';

/** The run's files at the left, the chosen one at the right. */
export function ArtifactsTab({ artifacts, renderer, trans }: IArtifactsTabProps): JSX.Element {
  React.useEffect(() => void artifacts.open(), [artifacts]);
  const root = artifacts.folder('');
  const { selected, preview } = artifacts;
  if (!root || root.entries.length === 0) {
    return (
      <div className="nbt-Run-page">
        {root?.error ? (
          <Notice kind="error">{root.error}</Notice>
        ) : !root || root.isLoading ? (
          <Notice kind="loading">{trans.__('Loading…')}</Notice>
        ) : (
          <Notice kind="empty" code={KEEP_CODE}>
            {trans.__('No artifacts. Keep a file or a figure with')}
          </Notice>
        )}
      </div>
    );
  }
  return (
    <div className="nbt-Run-artifacts">
      <ArtifactTree artifacts={artifacts} trans={trans} />
      {selected && !selected.isFolder ? (
        <ArtifactPreview
          artifact={selected}
          url={artifacts.url(selected.path)}
          preview={preview}
          renderer={renderer}
          trans={trans}
        />
      ) : (
        <div className="nbt-Run-preview">
          <Notice kind="empty">{trans.__('Select a file to look at it.')}</Notice>
        </div>
      )}
    </div>
  );
}

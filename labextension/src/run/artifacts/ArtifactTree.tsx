import type { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownIcon,
  caretRightIcon,
  fileIcon,
  folderIcon,
  imageIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';
import type { IArtifact } from '../../api';
import { formatBytes } from '../../format';
import { fileName, previewKind } from './kind';
import type { ArtifactsModel } from './model';
import { treeRows, type ITreeRow } from './tree';

export interface IArtifactTreeProps {
  artifacts: ArtifactsModel;
  trans: TranslationBundle;
}

/** The line that a key goes to; undefined when the key is no movement. */
function target(rows: readonly ITreeRow[], at: number, key: string): ITreeRow | undefined {
  switch (key) {
    case 'ArrowDown':
      return rows[Math.min(at + 1, rows.length - 1)];
    case 'ArrowUp':
      return rows[Math.max(at - 1, 0)];
    case 'Home':
      return rows[0];
    case 'End':
      return rows[rows.length - 1];
    case 'ArrowLeft':
      return rows
        .slice(0, Math.max(at, 0))
        .reverse()
        .find(row => row.depth < rows[at].depth);
    default:
      return undefined;
  }
}

/** The run's files; arrow keys move, open and close. */
export function ArtifactTree({ artifacts, trans }: IArtifactTreeProps): JSX.Element {
  const rows = treeRows(artifacts);
  const tree = React.useRef<HTMLDivElement>(null);
  const at = rows.findIndex(row => row.artifact.path === artifacts.selected?.path);
  const current = Math.max(at, 0);

  const choose = (row: ITreeRow) => {
    void artifacts.select(row.artifact);
    const index = rows.indexOf(row);
    tree.current?.querySelectorAll<HTMLElement>('[role="treeitem"]')[index]?.focus();
  };
  const toggle = ({ artifact, isExpanded }: ITreeRow) => {
    if (artifact.isFolder) {
      void artifacts.setExpanded(artifact.path, !isExpanded);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const row = rows[current];
    if (!row) {
      return;
    }
    const opens = event.key === 'ArrowRight' && row.artifact.isFolder && !row.isExpanded;
    const closes = event.key === 'ArrowLeft' && row.isExpanded;
    const next = target(rows, current, event.key);
    if (opens || closes || event.key === 'Enter' || event.key === ' ') {
      toggle(row);
      void artifacts.select(row.artifact);
    } else if (next) {
      choose(next);
    } else {
      return;
    }
    event.preventDefault();
  };

  return (
    <div
      className="nbt-Run-tree"
      role="tree"
      aria-label={trans.__('Artifacts')}
      ref={tree}
      onKeyDown={onKeyDown}
    >
      {rows.map((row, i) => (
        <TreeItem
          key={row.artifact.path}
          row={row}
          isSelected={i === at}
          isFocusable={i === current}
          onClick={() => {
            toggle(row);
            choose(row);
          }}
        />
      ))}
    </div>
  );
}

interface ITreeItemProps {
  row: ITreeRow;
  isSelected: boolean;
  isFocusable: boolean;
  onClick: () => void;
}

function iconOf(artifact: IArtifact) {
  if (artifact.isFolder) {
    return folderIcon;
  }
  return previewKind(artifact) === 'image' ? imageIcon : fileIcon;
}

function TreeItem({ row, isSelected, isFocusable, onClick }: ITreeItemProps): JSX.Element {
  const { artifact, depth, isExpanded } = row;
  const Icon = iconOf(artifact);
  const Caret = isExpanded ? caretDownIcon : caretRightIcon;
  return (
    <div
      className="nbt-Run-treeItem"
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={isSelected}
      aria-expanded={artifact.isFolder ? isExpanded : undefined}
      tabIndex={isFocusable ? 0 : -1}
      style={{ paddingLeft: 4 + depth * 16 }}
      title={artifact.path}
      onClick={onClick}
    >
      <span className="nbt-Run-treeCaret">
        {artifact.isFolder ? <Caret.react tag="span" /> : null}
      </span>
      <Icon.react tag="span" className="nbt-Run-treeIcon" />
      <span className="nbt-Run-treeName">{fileName(artifact.path)}</span>
      {artifact.sizeBytes === null || artifact.isFolder ? null : (
        <span className="nbt-Run-treeSize">{formatBytes(artifact.sizeBytes)}</span>
      )}
    </div>
  );
}

import type { IArtifact } from '../../api';
import type { ArtifactsModel } from './model';

/** One visible line of the tree. */
export interface ITreeRow {
  artifact: IArtifact;
  depth: number;
  isExpanded: boolean;
}

/** The lines of the tree from top to bottom, as far as its folders are open and read. */
export function treeRows(
  artifacts: Pick<ArtifactsModel, 'folder' | 'isExpanded'>,
  path = '',
  depth = 0
): ITreeRow[] {
  const entries = artifacts.folder(path)?.entries ?? [];
  return entries.flatMap(artifact => {
    const isExpanded = artifact.isFolder && artifacts.isExpanded(artifact.path);
    const below = isExpanded ? treeRows(artifacts, artifact.path, depth + 1) : [];
    return [{ artifact, depth, isExpanded }, ...below];
  });
}

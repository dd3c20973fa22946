import type { IArtifact, IClient, IRunDetail } from '../api';
import { previewKind } from './artifacts/kind';

/**
 * The images among a run's artifacts: those at the top and one folder down, where figures are saved.
 * Saved models are left out; theirs are drawings of the framework.
 */
export async function findFigures(
  client: Pick<IClient, 'artifacts'>,
  detail: IRunDetail
): Promise<IArtifact[]> {
  const models = new Set(detail.models.map(model => model.path));
  const top = await client.artifacts(detail.run.id);
  const folders = top.filter(entry => entry.isFolder && !models.has(entry.path));
  const below = await Promise.all(
    folders.map(folder => client.artifacts(detail.run.id, folder.path))
  );
  return [...top, ...below.flat()].filter(
    entry => !entry.isFolder && previewKind(entry) === 'image'
  );
}

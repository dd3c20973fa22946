import { VDomModel } from '@jupyterlab/ui-components';
import type { IArtifact, IClient } from '../../api';
import { needsText, previewKind } from './kind';

/** What is known of one folder. */
export interface IFolder {
  entries: readonly IArtifact[];
  isLoading: boolean;
  error: string | null;
}

/** The text of the file that is shown. */
export interface IPreviewText {
  path: string;
  text: string | null;
  error: string | null;
}

type ArtifactClient = Pick<IClient, 'artifacts' | 'artifactText' | 'artifactUrl'>;

const ROOT = '';

/** A run's artifacts as a tree that is read folder by folder, and the one that is looked at. */
export class ArtifactsModel extends VDomModel {
  constructor(
    readonly runId: string,
    private readonly _client: ArtifactClient
  ) {
    super();
  }

  get selected(): IArtifact | null {
    return this._selected;
  }

  get preview(): IPreviewText | null {
    return this._preview;
  }

  /** A folder that was asked for; undefined for others. '' is the root. */
  folder(path: string): IFolder | undefined {
    return this._folders.get(path);
  }

  isExpanded(path: string): boolean {
    return this._expanded.has(path);
  }

  url(path: string): string {
    return this._client.artifactUrl(this.runId, path);
  }

  /** Read the root folder, once. */
  async open(): Promise<void> {
    if (!this._folders.has(ROOT)) {
      await this._read(ROOT);
    }
  }

  /** Read the folders again that have been read. */
  async refresh(): Promise<void> {
    await Promise.all(Array.from(this._folders.keys(), path => this._read(path)));
  }

  async setExpanded(path: string, isExpanded: boolean): Promise<void> {
    if (isExpanded === this._expanded.has(path)) {
      return;
    }
    if (isExpanded) {
      this._expanded.add(path);
    } else {
      this._expanded.delete(path);
    }
    this.stateChanged.emit();
    if (isExpanded && !this._folders.has(path)) {
      await this._read(path);
    }
  }

  /** Look at a file, with the folders that it lies in open. */
  async reveal(artifact: IArtifact): Promise<void> {
    const names = artifact.path.split('/').slice(0, -1);
    const folders = names.map((_, i) => names.slice(0, i + 1).join('/'));
    await Promise.all([
      this.select(artifact),
      ...folders.map(folder => this.setExpanded(folder, true))
    ]);
  }

  /** Look at a file, and fetch its text when that is how it is shown. */
  async select(artifact: IArtifact): Promise<void> {
    const { path } = artifact;
    this._selected = artifact;
    this._preview = null;
    this.stateChanged.emit();
    if (artifact.isFolder || !needsText(previewKind(artifact))) {
      return;
    }
    const preview = await this._text(path);
    if (this._selected?.path === path && !this.isDisposed) {
      this._preview = preview;
      this.stateChanged.emit();
    }
  }

  private async _text(path: string): Promise<IPreviewText> {
    try {
      const text = await this._client.artifactText(this.runId, path);
      return { path, text, error: null };
    } catch (error) {
      return { path, text: null, error: error instanceof Error ? error.message : String(error) };
    }
  }

  private async _read(path: string): Promise<void> {
    const before = this._folders.get(path)?.entries ?? [];
    this._folders.set(path, { entries: before, isLoading: true, error: null });
    this.stateChanged.emit();
    let folder: IFolder;
    try {
      const entries = await this._client.artifacts(this.runId, path || undefined);
      folder = { entries, isLoading: false, error: null };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      folder = { entries: before, isLoading: false, error: message };
    }
    if (!this.isDisposed) {
      this._folders.set(path, folder);
      this.stateChanged.emit();
    }
  }

  private readonly _folders = new Map<string, IFolder>();
  private readonly _expanded = new Set<string>();
  private _selected: IArtifact | null = null;
  private _preview: IPreviewText | null = null;
}

import { VDomModel } from '@jupyterlab/ui-components';
import type { IClient, IModelFolder, IPromotion, IRegisteredModel, IVersionDetail } from '../api';
import { Refresher } from '../model/refresher';
import type { IRegisteredModelsModel } from '../tokens';
import { lastPart, uriOf, versionOf, type IVersionName } from './uri';

export interface IModelTabOptions {
  uri: string;
  client: Pick<IClient, 'modelFolder' | 'modelVersion' | 'promotions'>;
  registered: Pick<IRegisteredModelsModel, 'changed' | 'entries'>;
}

/** All that a model's tab shows: one version at a time of a registered model, or a run's model. */
export class ModelTabModel extends VDomModel {
  constructor({ uri, client, registered }: IModelTabOptions) {
    super();
    this._uri = uri;
    this._client = client;
    this._registered = registered;
    registered.changed.connect(this._onRegistryChanged, this);
    void this.refresh();
  }

  get uri(): string {
    return this._uri;
  }

  /** Null for a model that has no registered name. */
  get version(): IVersionName | null {
    return versionOf(this._uri);
  }

  get name(): string {
    return this.version?.name ?? lastPart(this._uri);
  }

  /** The registered model, with its versions, as the sidebar knows it. */
  get registered(): IRegisteredModel | null {
    const { version } = this;
    return this._registered.entries.find(entry => entry.name === version?.name) ?? null;
  }

  /** Null until it is here, and while another version's is on its way. */
  get folder(): IModelFolder | null {
    return this._folder?.uri === this._uri ? this._folder : null;
  }

  /** What the registry says of the version. */
  get detail(): IVersionDetail | null {
    return this._detail?.version === this.version?.version ? this._detail : null;
  }

  get promotions(): readonly IPromotion[] {
    return this._promotions;
  }

  /** Why the last reading failed. */
  get error(): string | null {
    return this._error;
  }

  /** Show another version of the same name. */
  async choose(version: string): Promise<void> {
    if (this.version !== null && version !== this.version.version) {
      this._uri = uriOf({ name: this.version.name, version });
      this._error = null;
      this.stateChanged.emit();
      await this.refresh();
    }
  }

  /** Read all of it, its files too. */
  refresh(): Promise<void> {
    this._isFolderOld = true;
    return this._refresher.refresh();
  }

  dispose(): void {
    if (!this.isDisposed) {
      this._registered.changed.disconnect(this._onRegistryChanged, this);
      super.dispose();
    }
  }

  private async _load(): Promise<void> {
    const { uri, version } = this;
    const isFolderWanted = this._isFolderOld || this.folder === null;
    this._isFolderOld = false;
    const errors = await Promise.all([
      isFolderWanted && reading(this._client.modelFolder(uri), found => (this._folder = found)),
      version &&
        reading(
          this._client.modelVersion(version.name, version.version),
          found => (this._detail = found)
        ),
      version && reading(this._client.promotions(version.name), found => (this._promotions = found))
    ]);
    if (!this.isDisposed && uri === this._uri) {
      this._error = errors.find(Boolean) || null;
      this.stateChanged.emit();
    }
  }

  /** Its files stay as they are: the server needn't look through them for each change of the store. */
  private _onRegistryChanged(): void {
    void this._refresher.refresh();
  }

  private _uri: string;
  private _folder: IModelFolder | null = null;
  private _isFolderOld = true;
  private _detail: IVersionDetail | null = null;
  private _promotions: readonly IPromotion[] = [];
  private _error: string | null = null;
  private readonly _client: IModelTabOptions['client'];
  private readonly _registered: IModelTabOptions['registered'];
  private readonly _refresher = new Refresher(() => this._load());
}

/** Keep what is read; what can't be read leaves the rest as it is, and says why. */
async function reading<T>(answer: Promise<T>, keep: (value: T) => void): Promise<string | null> {
  try {
    keep(await answer);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

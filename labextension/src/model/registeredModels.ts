import type { ApiError, IClient, IRegisteredModel, IStoreEvents, IVersionDetail } from '../api';
import { PolledList, type IPolledList } from './polled';

/** The model registry of the open store. */
export interface IRegisteredModelsModel extends IPolledList<IRegisteredModel> {
  /** Whether all that is known of a version is wanted. */
  isShown(name: string, version: string): boolean;
  /** Null until it is here. */
  detail(name: string, version: string): VersionReading | null;
  toggle(name: string, version: string): void;
}

/** All that is known of a version, or why that can't be read. */
export type VersionReading = { detail: IVersionDetail } | { error: ApiError };

export class RegisteredModelsModel
  extends PolledList<IRegisteredModel>
  implements IRegisteredModelsModel
{
  constructor(options: { client: IClient; events?: IStoreEvents }) {
    super(() => options.client.models(), 'store', options.events);
    this._client = options.client;
  }

  isShown(name: string, version: string): boolean {
    return this._shown.has(keyOf(name, version));
  }

  detail(name: string, version: string): VersionReading | null {
    return this._readings.get(keyOf(name, version)) ?? null;
  }

  toggle(name: string, version: string): void {
    const key = keyOf(name, version);
    if (!this._shown.delete(key)) {
      this._shown.set(key, { name, version });
      void this._read(key);
    }
    this.emit();
  }

  protected async update(): Promise<void> {
    await super.update();
    await Promise.all([...this._shown.keys()].map(key => this._read(key)));
  }

  private async _read(key: string): Promise<void> {
    const wanted = this._shown.get(key);
    if (wanted === undefined) {
      return;
    }
    try {
      const detail = await this._client.modelVersion(wanted.name, wanted.version);
      this._readings.set(key, { detail });
    } catch (error) {
      this._readings.set(key, { error: error as ApiError });
    }
    this.emit();
  }

  private readonly _client: IClient;
  private readonly _shown = new Map<string, { name: string; version: string }>();
  private readonly _readings = new Map<string, VersionReading>();
}

/** A name holds no slash. */
function keyOf(name: string, version: string): string {
  return `${name}/${version}`;
}

import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { IRunList } from '../model';

const PLUGIN = 'nbtrack:sidebar';
const KEY = 'metricColumns';

/** Keeps the chosen metrics in the user's settings; an empty list means the usual ones. */
export class ColumnsSetting {
  constructor(
    private readonly _list: IRunList,
    registry: ISettingRegistry | null
  ) {
    if (registry) {
      void this._follow(registry);
    }
  }

  choose(columns: readonly string[] | null): void {
    this._list.chosenColumns = columns;
    void this._settings?.set(KEY, [...(columns ?? [])]);
  }

  private async _follow(registry: ISettingRegistry): Promise<void> {
    this._settings = await registry.load(PLUGIN);
    this._settings.changed.connect(this._read, this);
    this._read();
  }

  private _read(): void {
    const columns = this._settings?.get(KEY).composite as string[] | undefined;
    this._list.chosenColumns = columns && columns.length > 0 ? columns : null;
  }

  private _settings: ISettingRegistry.ISettings | null = null;
}

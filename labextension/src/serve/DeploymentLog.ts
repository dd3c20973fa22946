import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Poll } from '@lumino/polling';
import { Widget } from '@lumino/widgets';
import type { IClient } from '../api';
import type { IDeploymentsModel } from '../model';

const EVERY_MS = 2000;

export interface IDeploymentLogOptions {
  client: IClient;
  deployments: IDeploymentsModel;
  id: string;
  trans: TranslationBundle;
}

/** What a served model has printed, as plain text that follows its end. */
export class DeploymentLog extends Widget {
  constructor(private readonly _options: IDeploymentLogOptions) {
    super({ node: document.createElement('pre') });
    this.addClass('nbt-DeploymentLog');
    this.node.tabIndex = 0;
    this.node.setAttribute('role', 'log');
    this.node.setAttribute('aria-label', _options.trans.__('Log of the served model'));
    this._poll = new Poll({
      name: 'nbtrack:deployment-log',
      factory: () => this._read(),
      frequency: { interval: EVERY_MS },
      standby: () => (this.isVisible ? 'when-hidden' : true)
    });
    _options.deployments.changed.connect(this._refresh, this);
  }

  dispose(): void {
    this._options.deployments.changed.disconnect(this._refresh, this);
    this._poll.dispose();
    super.dispose();
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._refresh();
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._refresh();
  }

  private _refresh(): void {
    void this._poll.refresh();
  }

  private async _read(): Promise<void> {
    const { client, id, trans } = this._options;
    const { node } = this;
    const isAtEnd = node.scrollTop + node.clientHeight >= node.scrollHeight - 4;
    try {
      node.textContent = (await client.deploymentLog(id)) || trans.__('Nothing was printed yet.');
    } catch (error) {
      node.textContent = error instanceof Error ? error.message : String(error);
    }
    if (isAtEnd) {
      node.scrollTop = node.scrollHeight;
    }
  }

  private readonly _poll: Poll;
}

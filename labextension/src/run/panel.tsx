import { MainAreaWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { VDomRenderer } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import type { IRunActions } from './actions';
import { Guard } from '../component/Guard';
import { nbtrackIcon } from '../component/icon';
import type { RunModel } from './model';
import { RunView } from './RunView';
import type { ISourceRenderer } from './source/renderSource';

export interface IRunPanelOptions {
  model: RunModel;
  actions: IRunActions;
  renderer: ISourceRenderer;
  trans: TranslationBundle;
}

/** How often "3 min ago" and the duration of a running run are looked at again. */
const TICK_MS = 1000;
const TICKS_WHEN_OVER = 30;

/** Draws the run's model, and keeps its times going while it is seen. */
export class RunPanel extends VDomRenderer<RunModel> {
  constructor(private readonly _options: IRunPanelOptions) {
    super(_options.model);
    this.addClass('nbt-Run');
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    clearInterval(this._timer);
    this.model.dispose();
    super.dispose();
  }

  protected render(): JSX.Element {
    const { actions, renderer, trans } = this._options;
    return (
      <Guard trans={trans}>
        <RunView
          model={this.model}
          actions={actions}
          renderer={renderer}
          now={Date.now()}
          trans={trans}
        />
      </Guard>
    );
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.update();
    this._startTicking();
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._startTicking();
  }

  protected onBeforeHide(message: Message): void {
    clearInterval(this._timer);
    super.onBeforeHide(message);
  }

  private _startTicking(): void {
    let ticks = 0;
    clearInterval(this._timer);
    this._timer = window.setInterval(() => {
      const isRunning = this.model.detail?.run.status === 'RUNNING';
      if (isRunning || ++ticks % TICKS_WHEN_OVER === 0) {
        this.update();
      }
    }, TICK_MS);
  }

  private _timer = 0;
}

/** The run's panel as a tab of the main area. */
export function runWidget(options: IRunPanelOptions): MainAreaWidget<RunPanel> {
  const { model, trans } = options;
  const widget = new MainAreaWidget({ content: new RunPanel(options) });
  widget.id = `nbtrack-run-${model.runId}`;
  widget.toolbar.hide();
  widget.title.closable = true;
  widget.title.icon = nbtrackIcon;
  const update = () => {
    const name = model.detail?.run.name;
    widget.title.label = name ?? trans.__('Run');
    widget.title.caption = name ?? model.runId;
  };
  model.stateChanged.connect(update);
  update();
  return widget;
}

import { MainAreaWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { VDomRenderer } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import { Guard } from '../component/Guard';
import { nbtrackIcon } from '../component/icon';
import type { IModelActions } from './actions';
import type { ModelTabModel } from './model';
import { ModelView } from './ModelView';

export interface IModelPanelOptions {
  model: ModelTabModel;
  actions: IModelActions;
  nameOfRun: (runId: string) => string;
  trans: TranslationBundle;
}

/** Draws a model, read anew when it is looked at again. */
export class ModelPanel extends VDomRenderer<ModelTabModel> {
  constructor(private readonly _options: IModelPanelOptions) {
    super(_options.model);
    this.addClass('nbt-Model');
  }

  dispose(): void {
    if (!this.isDisposed) {
      this.model.dispose();
      super.dispose();
    }
  }

  protected render(): JSX.Element {
    const { trans } = this._options;
    return (
      <Guard trans={trans}>
        <ModelView {...this._options} now={Date.now()} />
      </Guard>
    );
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    void this.model.refresh();
  }
}

/** The model's panel as a tab of the main area. */
export function modelWidget(options: IModelPanelOptions, id: string): MainAreaWidget<ModelPanel> {
  const { model } = options;
  const widget = new MainAreaWidget({ content: new ModelPanel(options) });
  widget.id = id;
  widget.toolbar.hide();
  widget.title.closable = true;
  widget.title.icon = nbtrackIcon;
  widget.title.label = model.name;
  const update = () => {
    widget.title.caption = model.uri;
  };
  model.stateChanged.connect(update);
  update();
  return widget;
}

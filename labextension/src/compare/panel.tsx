import { MainAreaWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { VDomRenderer } from '@jupyterlab/ui-components';
import * as React from 'react';
import { Guard } from '../component/Guard';
import { nbtrackIcon } from '../component/icon';
import { useNow } from '../component/useNow';
import { CompareView, type ICompareViewProps } from './CompareView';
import type { CompareModel } from './model';

export interface IComparePanelOptions {
  id: string;
  model: CompareModel;
  onOpen: (runId: string) => void;
  trans: TranslationBundle;
}

/** Draws the comparison's model. */
export class ComparePanel extends VDomRenderer<CompareModel> {
  constructor(private readonly _options: IComparePanelOptions) {
    super(_options.model);
    this.addClass('nbt-Compare');
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.model.dispose();
    super.dispose();
  }

  protected render(): JSX.Element {
    const { id, onOpen, trans } = this._options;
    return (
      <Guard trans={trans}>
        <Timed model={this.model} idPrefix={id} onOpen={onOpen} trans={trans} />
      </Guard>
    );
  }
}

function Timed(props: Omit<ICompareViewProps, 'now'>): JSX.Element {
  return <CompareView {...props} now={useNow()} />;
}

/** The comparison as a tab of the main area. */
export function compareWidget(options: IComparePanelOptions): MainAreaWidget<ComparePanel> {
  const { id, model, trans } = options;
  const widget = new MainAreaWidget({ content: new ComparePanel(options) });
  widget.id = id;
  widget.toolbar.hide();
  widget.title.closable = true;
  widget.title.icon = nbtrackIcon;
  const update = () => {
    widget.title.label = trans.__('Compare (%1)', model.runIds.length);
    widget.title.caption = model.comparison?.runs.map(run => run.name).join(', ') ?? '';
  };
  model.stateChanged.connect(update);
  update();
  return widget;
}

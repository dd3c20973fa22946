import type { TranslationBundle } from '@jupyterlab/translation';
import { PanelWithToolbar, ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { ISignal } from '@lumino/signaling';
import React from 'react';
import { Guard } from '../component';

export interface ISectionOptions<T> {
  id: string;
  label: string;
  signal: ISignal<T, void>;
  /** What stands beside the title. */
  count: () => string;
  render: () => JSX.Element;
  trans: TranslationBundle;
  isCollapsed?: boolean;
}

/** A part of the accordion: a title with a count, and rows that follow a model. */
export function createSection<T>(options: ISectionOptions<T>): PanelWithToolbar {
  const { signal, count, render, trans } = options;
  const section = new PanelWithToolbar();
  section.addClass('nbt-SidebarSection');
  section.id = options.id;
  section.title.label = options.label;
  const counter = ReactWidget.create(
    <UseSignal signal={signal}>
      {() => <span className="nbt-SidebarSection-count nbt-Number">{count()}</span>}
    </UseSignal>
  );
  section.toolbar.addItem('count', counter);
  const body = ReactWidget.create(
    <UseSignal signal={signal}>{() => <Guard trans={trans}>{render()}</Guard>}</UseSignal>
  );
  body.addClass('nbt-SidebarSection-body');
  section.addWidget(body);
  // A hidden widget is what the accordion calls collapsed.
  section.setHidden(options.isCollapsed ?? false);
  return section;
}

import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, SidePanel, UseSignal } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { type AccordionPanel, Panel, type Widget } from '@lumino/widgets';
import React from 'react';
import { nbtrackIcon } from '../component';
import type { IDeploymentsModel, IRegisteredModelsModel, IRunList, IRunsModel } from '../model';
import { DeploymentsSection } from './DeploymentsSection';
import { ExperimentsSection } from './ExperimentsSection';
import { ModelsSection } from './ModelsSection';
import { RunsSection } from './RunsSection';
import { createSection } from './section';
import type { ISidebarActions } from './actions';
import { SidebarToolbar } from './SidebarToolbar';

export interface ISidebarOptions {
  runs: IRunsModel;
  list: IRunList;
  models: IRegisteredModelsModel;
  deployments: IDeploymentsModel;
  actions: ISidebarActions;
  translator: ITranslator;
}

const EXPERIMENTS = 0;
const RUNS = 1;
const DEPLOYMENTS = 3;

/** Of the sidebar's height, the most that experiments, models or deployments take by themselves. */
const LARGEST_PART = 1 / 3;
const SMALLEST_PX = 60;
const EXPERIMENT_ROW_PX = 24;

/** Experiments, runs, models and deployments under one toolbar. */
export class SidebarPanel extends SidePanel {
  constructor(options: ISidebarOptions) {
    super({ translator: options.translator, header: new Panel() });
    const trans = options.translator.load('nbtrack');
    this.id = 'nbtrack-sidebar';
    this.addClass('nbt-Sidebar');
    this.title.icon = nbtrackIcon;
    this.title.caption = trans.__('nbtrack: experiments and runs');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('nbtrack'));
    this._deployments = options.deployments;
    this._runs = options.runs;
    this._addToolbar(options);
    this._addSections(options);
    this._deployments.changed.connect(this._onDeploymentsChanged, this);
  }

  dispose(): void {
    this._deployments.changed.disconnect(this._onDeploymentsChanged, this);
    this._runs.changed.disconnect(this._fit, this);
    super.dispose();
  }

  private _addToolbar({ list, actions, translator }: ISidebarOptions): void {
    const trans = translator.load('nbtrack');
    const toolbar = ReactWidget.create(
      <UseSignal signal={list.changed}>
        {() => <SidebarToolbar list={list} trans={trans} {...actions} />}
      </UseSignal>
    );
    toolbar.addClass('nbt-SidebarToolbar');
    this.header.addWidget(toolbar);
  }

  private _addSections(options: ISidebarOptions): void {
    const { runs, list, models, deployments, actions } = options;
    const trans = options.translator.load('nbtrack');
    this.addWidget(
      createSection({
        trans,
        id: 'nbtrack-experiments',
        label: trans.__('Experiments'),
        signal: list.changed,
        count: () =>
          runs.experiments.filter(each => each.lifecycle === 'active').length.toLocaleString(),
        render: () => (
          <ExperimentsSection
            {...{ runs, list, trans }}
            remove={actions.deleteExperiment}
            restore={actions.restoreExperiment}
          />
        )
      })
    );
    this.addWidget(
      createSection({
        trans,
        id: 'nbtrack-runs',
        label: trans.__('Runs'),
        signal: list.changed,
        count: () => countOf(list, trans),
        render: () => (
          <RunsSection {...{ runs, list, trans }} on={actions.runs} compare={actions.compare} />
        )
      })
    );
    this.addWidget(
      createSection({
        trans,
        id: 'nbtrack-models',
        isCollapsed: true,
        label: trans.__('Models'),
        signal: models.changed,
        count: () => models.entries.length.toLocaleString(),
        render: () => (
          <ModelsSection
            {...{ models, runs, trans }}
            openRun={actions.runs.open}
            on={actions.models}
          />
        )
      })
    );
    this.addWidget(
      createSection({
        trans,
        id: 'nbtrack-deployments',
        isCollapsed: true,
        label: trans.__('Deployments'),
        signal: deployments.changed,
        count: () => deployments.entries.length.toLocaleString(),
        render: () => (
          <DeploymentsSection {...{ deployments, runs, trans }} on={actions.deployments} />
        )
      })
    );
    const accordion = this.content as AccordionPanel;
    accordion.expansionToggled.connect(this._fit, this);
    accordion.handleMoved.connect(() => {
      this._isArranged = true;
    });
    runs.changed.connect(this._fit, this);
  }

  protected onResize(message: Widget.ResizeMessage): void {
    super.onResize(message);
    this._fit();
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._fit();
  }

  /** Experiments take the height of their rows and Runs all the rest, until the user arranges them. */
  private _fit(): void {
    const accordion = this.content as AccordionPanel;
    const height = accordion.node.clientHeight;
    if (this._isArranged || height === 0) {
      return;
    }
    const largest = height * LARGEST_PART;
    const rows = 1 + this._runs.experiments.length;
    const sizes = accordion.widgets.map((section, index) => {
      if (section.isHidden) {
        return 0;
      }
      return index === EXPERIMENTS
        ? Math.min(largest, Math.max(SMALLEST_PX, rows * EXPERIMENT_ROW_PX + 8))
        : largest / 2;
    });
    const others = sizes.reduce((sum, size, index) => (index === RUNS ? sum : sum + size), 0);
    const titles = accordion.titles.reduce((sum, title) => sum + title.offsetHeight, 0);
    if (sizes[RUNS] > 0) {
      sizes[RUNS] = Math.max(largest, height - titles - others);
    }
    if (sizes.join() !== this._fitted) {
      this._fitted = sizes.join();
      accordion.setRelativeSizes(sizes);
    }
  }

  /** What has just been started should be seen. */
  private _onDeploymentsChanged(): void {
    const count = this._deployments.entries.length;
    if (count > this._known) {
      (this.content as AccordionPanel).expand(DEPLOYMENTS);
    }
    this._known = count;
  }

  private readonly _deployments: IDeploymentsModel;
  private readonly _runs: IRunsModel;
  private _known = 0;
  private _isArranged = false;
  private _fitted = '';
}

/** How many runs there are, and how many of them the filter leaves. */
function countOf({ search, found, total }: IRunList, trans: TranslationBundle): string {
  const all = total.toLocaleString();
  return search.isOn ? trans.__('%1 of %2', found.toLocaleString(), all) : all;
}

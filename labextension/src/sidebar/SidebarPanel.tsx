import type { ITranslator } from '@jupyterlab/translation';
import { ReactWidget, SidePanel, UseSignal } from '@jupyterlab/ui-components';
import type { AccordionPanel } from '@lumino/widgets';
import { Panel } from '@lumino/widgets';
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

const DEPLOYMENTS = 3;

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
    this._addToolbar(options);
    this._addSections(options);
    this._deployments.changed.connect(this._onDeploymentsChanged, this);
  }

  dispose(): void {
    this._deployments.changed.disconnect(this._onDeploymentsChanged, this);
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
        id: 'nbtrack-experiments',
        label: trans.__('Experiments'),
        signal: list.changed,
        count: () => runs.experiments.filter(each => each.lifecycle === 'active').length,
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
        id: 'nbtrack-runs',
        label: trans.__('Runs'),
        signal: list.changed,
        count: () => list.total,
        render: () => (
          <RunsSection {...{ runs, list, trans }} on={actions.runs} compare={actions.compare} />
        )
      })
    );
    this.addWidget(
      createSection({
        id: 'nbtrack-models',
        isCollapsed: true,
        label: trans.__('Models'),
        signal: models.changed,
        count: () => models.entries.length,
        render: () => <ModelsSection {...{ models, trans }} openRun={actions.runs.open} />
      })
    );
    this.addWidget(
      createSection({
        id: 'nbtrack-deployments',
        isCollapsed: true,
        label: trans.__('Deployments'),
        signal: deployments.changed,
        count: () => deployments.entries.length,
        render: () => (
          <DeploymentsSection {...{ deployments, runs, trans }} on={actions.deployments} />
        )
      })
    );
    const accordion = this.content as AccordionPanel;
    accordion.setRelativeSizes([1.4, 5, 1.6, 1.6]);
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
  private _known = 0;
}

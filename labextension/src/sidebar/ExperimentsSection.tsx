import type { TranslationBundle } from '@jupyterlab/translation';
import { undoIcon } from '@jupyterlab/ui-components';
import React, { useEffect, useRef } from 'react';
import type { IExperiment } from '../api';
import { IconButton, PanelMessage } from '../component';
import type { IRunList, IRunsModel } from '../model';

export interface IExperimentsSectionProps {
  runs: IRunsModel;
  list: IRunList;
  trans: TranslationBundle;
  remove: (experimentId: string) => void;
  restore: (experimentId: string) => void;
}

/** Choosing an experiment narrows the list of runs to it. */
export function ExperimentsSection(props: IExperimentsSectionProps): JSX.Element {
  const { runs, list, trans } = props;
  if (runs.state !== 'ready') {
    return <PanelMessage text={runs.state === 'loading' ? trans.__('Loading…') : '—'} />;
  }
  const active = runs.experiments.filter(experiment => experiment.lifecycle === 'active');
  const deleted = runs.experiments.filter(experiment => experiment.lifecycle === 'deleted');
  const choices = [null, ...active.map(experiment => experiment.id)];
  const choose = (index: number): void => {
    list.experimentId = choices[Math.max(0, Math.min(choices.length - 1, index))];
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const index = choices.indexOf(list.experimentId);
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -index, End: choices.length }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      choose(index + step);
    } else if (event.key === 'Delete' && list.experimentId !== null) {
      props.remove(list.experimentId);
    }
  };
  return (
    <div className="nbt-ExperimentList">
      <div
        role="listbox"
        tabIndex={0}
        aria-label={trans.__('Experiments')}
        aria-activedescendant={domIdOf(list.experimentId)}
        onKeyDown={onKeyDown}
      >
        <Row
          id={null}
          name={trans.__('All experiments')}
          count={active.reduce((sum, experiment) => sum + experiment.runs, 0)}
          list={list}
        />
        {active.map(({ id, name, runs: count }) => (
          <Row key={id} id={id} name={name} count={count} list={list} />
        ))}
      </div>
      {deleted.length > 0 && <Deleted experiments={deleted} {...props} />}
    </div>
  );
}

function Row(props: {
  id: string | null;
  name: string;
  count: number;
  list: IRunList;
}): JSX.Element {
  const { id, list } = props;
  const row = useRef<HTMLDivElement>(null);
  const isChosen = list.experimentId === id;
  useEffect(() => {
    if (isChosen) {
      row.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [isChosen]);
  return (
    <div
      ref={row}
      id={domIdOf(id)}
      className="nbt-ExperimentList-row"
      role="option"
      aria-selected={isChosen}
      data-experiment-id={id ?? undefined}
      onClick={() => {
        list.experimentId = id;
      }}
    >
      <span className="nbt-ExperimentList-name" title={props.name}>
        {props.name}
      </span>
      <span className="nbt-ExperimentList-count nbt-Number">{props.count.toLocaleString()}</span>
    </div>
  );
}

function Deleted(
  props: IExperimentsSectionProps & { experiments: readonly IExperiment[] }
): JSX.Element {
  const { experiments, trans } = props;
  return (
    <details className="nbt-ExperimentList-deleted">
      <summary>{trans.__('Deleted (%1)', experiments.length)}</summary>
      {experiments.map(({ id, name }) => (
        <div key={id} className="nbt-ExperimentList-row">
          <span className="nbt-ExperimentList-name" title={name}>
            {name}
          </span>
          <IconButton
            icon={undoIcon}
            label={trans.__('Restore %1', name)}
            onClick={() => props.restore(id)}
          />
        </div>
      ))}
    </details>
  );
}

function domIdOf(experimentId: string | null): string {
  return `nbt-experiment-${experimentId ?? 'all'}`;
}

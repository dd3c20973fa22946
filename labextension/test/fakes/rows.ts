import type { IExperiment, IRunRow } from '../../src/api';

/** A finished run; the higher `startedAt`, the newer. */
export function runRow(id: string, given: Partial<IRunRow> = {}): IRunRow {
  return {
    id,
    name: `run-${id}`,
    experimentId: '0',
    status: 'FINISHED',
    lifecycle: 'active',
    startedAt: 1000,
    endedAt: 2000,
    parentId: null,
    groupId: null,
    attempt: 1,
    notebook: null,
    cellId: null,
    executionCount: null,
    isManual: false,
    metrics: {},
    nParams: 0,
    nModels: 0,
    nFigures: 0,
    nDatasets: 0,
    captureMs: null,
    warning: null,
    tags: {},
    ...given
  };
}

export function experiment(id: string, given: Partial<IExperiment> = {}): IExperiment {
  return { id, name: id, lifecycle: 'active', createdAt: 0, runs: 0, tags: {}, ...given };
}

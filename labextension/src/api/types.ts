/**
 * What `/nbtrack/api` answers. Times are milliseconds since the epoch (UTC), durations milliseconds,
 * sizes bytes. NaN and the infinities travel as the strings "NaN", "Infinity" and "-Infinity".
 */

export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity';

export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED';

export type Lifecycle = 'active' | 'deleted';

/** GET store */
export interface IStoreInfo {
  uri: string;
  version: string;
  seq: number;
}

/** GET experiments -> {experiments: IExperiment[]}; active and deleted ones. */
export interface IExperiment {
  id: string;
  name: string;
  lifecycle: Lifecycle;
  createdAt: number;
  /** Active runs in it. */
  runs: number;
  tags: Record<string, string>;
}

/** What a row of the sidebar and a chip under a cell show of a run. */
export interface IRunRow {
  id: string;
  name: string;
  experimentId: string;
  status: RunStatus;
  lifecycle: Lifecycle;
  startedAt: number;
  endedAt: number | null;
  /** The run of a search or of a nested `start_run` that it belongs to. */
  parentId: string | null;
  /** Attempts of one cell share it. */
  groupId: string | null;
  /** 1 for the first time that the cell ran. */
  attempt: number;
  notebook: string | null;
  cellId: string | null;
  executionCount: number | null;
  /** True while it is open by `start_run()` and not by a cell or a fit. */
  isManual: boolean;
  /** The latest value of each metric. */
  metrics: Record<string, JsonNumber>;
  nParams: number;
  nModels: number;
  nFigures: number;
  nDatasets: number;
  /** What capturing cost. */
  captureMs: number | null;
  warning: string | null;
  tags: Record<string, string>;
}

/**
 * GET runs?experiment=ID&limit=N&cursor=C -> newest first, one page;
 * GET runs?since=SEQ -> all runs (of every experiment, deleted ones too) changed after SEQ.
 * With `&filter=TEXT` (a filter, or words of runs' names) a page has only what matches.
 */
export interface IRunsPage {
  runs: IRunRow[];
  cursor: string | null;
  seq: number;
  /** Of the runs that changed, the ids of those that match; with `since` and `filter`. */
  matching?: string[];
  /** The filter was read as words of runs' names; on the first page of a filter. */
  isWords?: boolean;
  /** The metrics that the filter names; on the first page of a filter. */
  metrics?: string[];
  /** What may be misspelt where nothing is found; on the first page of a filter. */
  hints?: IPlace[];
}

/** What is wrong in a filter: `length` characters from `position`. */
export interface IPlace {
  message: string;
  /** Null where the server can't say. */
  position: number | null;
  length: number;
  /** What was probably meant in their place. */
  suggestion: string | null;
}

/** GET completions?text=WRITTEN&experiment=ID -> what can stand at the end, from `start` on. */
export interface ICompletions {
  start: number;
  options: ICompletionOption[];
}

export interface ICompletionOption {
  text: string;
  kind: 'metric' | 'param' | 'tag' | 'dataset' | 'attribute' | 'operator' | 'keyword' | 'value';
  detail: string;
}

export interface IParam {
  key: string;
  value: string;
}

export interface IMetricSummary {
  key: string;
  last: JsonNumber;
  lastStep: number;
  first: JsonNumber;
  min: JsonNumber;
  max: JsonNumber;
  count: number;
  bestStep: number;
}

export interface IDatasetInput {
  name: string;
  digest: string;
  /** 'training', 'evaluation', ... */
  context: string;
  /** [rows, columns], or any array's shape. */
  shape: number[];
  schema: { name: string; type: string }[];
}

export interface IModel {
  id: string;
  /** Path below the run's artifacts. */
  path: string;
  name: string;
  flavor: string;
  sizeBytes: number;
  signature: string | null;
  /** Versions of registered models made from it, as "name/3". */
  versions: string[];
}

export interface ICell {
  notebook: string | null;
  cellId: string | null;
  executionCount: number | null;
  source: string;
  status: 'ok' | 'error' | 'running';
  wallMs: number | null;
  cpuMs: number | null;
  peakMemoryBytes: number | null;
  error: string | null;
  traceback: string | null;
}

export interface IEnvironment {
  python: string;
  platform: string;
  packages: Record<string, string>;
  gitCommit: string | null;
  gitDirty: boolean | null;
}

/** GET runs/ID */
export interface IRunDetail {
  run: IRunRow;
  experiment: IExperiment;
  params: IParam[];
  metrics: IMetricSummary[];
  inputs: IDatasetInput[];
  models: IModel[];
  cells: ICell[];
  environment: IEnvironment | null;
  children: IRunRow[];
}

/** GET runs/ID/history?key=K&max_points=N (default 1000; downsampled keeping extremes) */
export interface IHistory {
  key: string;
  steps: number[];
  values: JsonNumber[];
  times: number[];
  /** Points in the store; more than `steps.length` when downsampled. */
  total: number;
}

/**
 * GET runs/ID/artifacts?path=P -> {entries: IArtifact[]} of one folder, folders first.
 * GET runs/ID/artifact?path=P -> the file itself (CSP `sandbox`, nosniff), for <img>, previews, download.
 */
export interface IArtifact {
  path: string;
  isFolder: boolean;
  sizeBytes: number | null;
  /** MIME type by the file's name. */
  mimeType: string | null;
}

/** GET compare?runs=A,B,C: rows with differing values first, then by key. */
export interface IComparison {
  runs: IRunRow[];
  params: IComparedRow<string | null>[];
  metrics: IComparedRow<JsonNumber | null>[];
}

export interface IComparedRow<T> {
  key: string;
  /** One for each run, in the order asked for; null where the run has none. */
  values: T[];
  differs: boolean;
}

/** GET models -> {models: IRegisteredModel[]} */
export interface IRegisteredModel {
  name: string;
  description: string;
  updatedAt: number;
  versions: IModelVersion[];
}

export interface IModelVersion {
  version: string;
  runId: string | null;
  source: string;
  createdAt: number;
  aliases: string[];
  description: string;
}

/** GET models/NAME?version -> IVersionDetail */
export interface IVersionDetail extends IModelVersion {
  user: string;
  stage: string;
  tags: Record<string, string>;
  metrics: IModelMetric[];
  promotions: IPromotion[];
}

/**
 * An alias that was given to a version, and taken from the previous one; findings say what was required and found.
 * GET models/NAME/promotions -> {promotions: IPromotion[]} of all versions, the newest first.
 */
export interface IPromotion {
  alias: string;
  version: string;
  previous: string | null;
  at: number;
  user: string;
  reason: string;
  findings: string[];
}

/** What was measured of a model, and on which data. */
export interface IModelMetric {
  key: string;
  value: JsonNumber;
  dataset: string | null;
  at: number;
}

/** GET model?uri=URI -> what the folder of a saved model says of it; nothing of it is loaded. */
export interface IModelFolder {
  uri: string;
  runId: string | null;
  metrics: IModelMetric[];
  flavors: { name: string; version: string | null }[];
  sizeBytes: number;
  trust: 'signed' | 'unsigned' | 'foreign' | 'changed';
  signature: { inputs: IFields; outputs: IFields; params: IModelParam[] } | null;
  /** The beginning of its file, which is JSON. */
  example: string | null;
  requirements: string[];
  python: string | null;
}

/** Of many, the first. */
export interface IFields {
  fields: IField[];
  total: number;
}

/** A column, or a tensor with its shape, where -1 is any length. */
export interface IField {
  name: string | null;
  type: string;
  shape: number[] | null;
  isRequired: boolean;
}

export interface IModelParam {
  name: string;
  type: string;
  shape: number[] | null;
  /** As Python writes it. */
  default: string;
}

export type DeploymentState = 'starting' | 'running' | 'stopped' | 'failed';

/**
 * GET deployments -> {deployments: IDeployment[]}; POST deployments {modelUri, port?} -> IDeployment;
 * POST deployments/ID/stop -> IDeployment; DELETE deployments/ID forgets a stopped one;
 * GET deployments/ID/log -> {text}.
 */
export interface IDeployment {
  id: string;
  modelUri: string;
  runId: string | null;
  state: DeploymentState;
  /** http://127.0.0.1:PORT, known once it runs. */
  url: string | null;
  startedAt: number;
  error: string | null;
}

/**
 * POST runs/ID/evaluate {file, target, modelType, modelPath} -> IEvaluation, running on the server;
 * GET evaluations/ID -> IEvaluation. On a DataFrame of a kernel, `nbtrack.evaluate` runs in that kernel.
 */
export interface IEvaluation {
  id: string;
  runId: string;
  state: 'running' | 'done' | 'failed';
  error: string | null;
}

/**
 * Others: PATCH runs/ID {name}; DELETE runs/ID; POST runs/ID/restore; POST runs/ID/end {status};
 * POST experiments {name}; PATCH experiments/ID {name}; DELETE experiments/ID; POST experiments/ID/restore;
 * POST models {modelUri, name} -> IModelVersion & {name}.
 * An error answers {code, message} with a 4xx or 5xx status.
 */
export interface IErrorBody {
  code: string;
  message: string;
  /** Where a filter can't be read. */
  place?: IPlace;
}

/** The event on `https://nbtrack.dev/events/store-changed`; `seq` is the store's newest change. */
export interface IStoreChanged {
  seq: number;
  /** 'store' for runs, experiments and models; 'deployments' when a served model changed its state. */
  topic: 'store' | 'deployments' | 'evaluations';
}

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IModelFolder, IModelMetric } from '../api';
import { DenseTable } from '../component/DenseTable';
import { Notice } from '../component/Notice';
import { columnPads, NumberText } from '../component/numbers';
import { Section } from '../component/Section';
import { exampleTable } from './example';

export interface IFolderProps {
  folder: IModelFolder;
  trans: TranslationBundle;
}

/** With what it was made, and whether it can be opened without harm. */
export function Environment({ folder, trans }: IFolderProps): JSX.Element {
  const { flavors, python, trust, uri } = folder;
  return (
    <Section title={trans.__('Files')}>
      <dl className="nbt-Model-definitions">
        <dt>{trans.__('Flavors')}</dt>
        <dd>{flavors.map(({ name, version }) => `${name} ${version ?? ''}`.trim()).join(', ')}</dd>
        {python !== null && (
          <>
            <dt>{trans.__('Python')}</dt>
            <dd>{python}</dd>
          </>
        )}
        <dt>{trans.__('Trust')}</dt>
        <dd>{trustWord(trust, trans)}</dd>
      </dl>
      {trust !== 'signed' && (
        <Notice kind="warning" code={`nbtrack trust ${JSON.stringify(uri)}`}>
          {trans.__('Pickles and code of it are refused. See what loading it would run, and sign:')}
        </Notice>
      )}
    </Section>
  );
}

function trustWord(trust: IModelFolder['trust'], trans: TranslationBundle): string {
  switch (trust) {
    case 'signed':
      return trans.__('signed by you');
    case 'unsigned':
      return trans.__('not signed');
    case 'foreign':
      return trans.__('signed with another key');
    case 'changed':
      return trans.__('changed since it was signed');
  }
}

export function Requirements({ folder, trans }: IFolderProps): JSX.Element | null {
  const { requirements } = folder;
  return requirements.length === 0 ? null : (
    <Section title={trans.__('Requirements')} count={requirements.length}>
      <pre className="nbt-Model-text">{requirements.join('\n')}</pre>
    </Section>
  );
}

export function Example({ folder, trans }: IFolderProps): JSX.Element | null {
  const { example } = folder;
  if (example === null) {
    return null;
  }
  const table = exampleTable(example);
  const title = trans.__('Input example');
  return (
    <Section title={title}>
      {table === null ? (
        <pre className="nbt-Model-text">{example}</pre>
      ) : (
        <div className="nbt-Model-wide">
          <table className="nbt-Table" aria-label={title}>
            <thead>
              <tr>
                {table.columns.map((column, i) => (
                  <th key={i} scope="col" title={column}>
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.rows.map((row, i) => (
                <tr key={i}>
                  {row.map((cell, j) => (
                    <td key={j} title={cell}>
                      {cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

export interface IModelMetricsProps {
  uri: string;
  metrics: readonly IModelMetric[];
  trans: TranslationBundle;
}

/** What was measured of the model, on which data. */
export function ModelMetrics({ uri, metrics, trans }: IModelMetricsProps): JSX.Element {
  const title = trans.__('Metrics of the model');
  if (metrics.length === 0) {
    return (
      <Section title={title}>
        <Notice
          kind="empty"
          code={`nbtrack.evaluate(${JSON.stringify(uri)}, test, targets="target")`}
        >
          {trans.__('Nothing was measured of it yet. Evaluate it on data that it has not seen:')}
        </Notice>
      </Section>
    );
  }
  const rows = newest(metrics);
  const pads = columnPads(rows.map(({ value }) => value));
  return (
    <Section title={title} count={rows.length}>
      <DenseTable
        label={title}
        rows={rows}
        rowKey={metric => rowKey(metric)}
        columns={[
          {
            key: 'key',
            label: trans.__('Metric'),
            render: ({ key }) => <span title={key}>{key}</span>
          },
          { key: 'dataset', label: trans.__('Data'), render: ({ dataset }) => dataset ?? '' },
          {
            key: 'value',
            label: trans.__('Value'),
            isNumber: true,
            compare: (a, b) => Number(a.value) - Number(b.value),
            render: metric => <NumberText value={metric.value} pad={pads[rows.indexOf(metric)]} />
          }
        ]}
      />
    </Section>
  );
}

/** Of what was measured several times on the same data, the last. */
function newest(metrics: readonly IModelMetric[]): IModelMetric[] {
  const last = new Map<string, IModelMetric>();
  for (const metric of [...metrics].sort((a, b) => a.at - b.at)) {
    last.set(rowKey(metric), metric);
  }
  return [...last.values()].sort((a, b) => a.key.localeCompare(b.key));
}

function rowKey({ key, dataset }: IModelMetric): string {
  return JSON.stringify([key, dataset]);
}

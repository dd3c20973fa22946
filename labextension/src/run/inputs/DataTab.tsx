import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IDatasetInput } from '../../api';
import { DenseTable } from '../../component/DenseTable';
import { Notice } from '../../component/Notice';
import { useFilter } from '../../component/useFilter';

export interface IDataTabProps {
  inputs: readonly IDatasetInput[];
  trans: TranslationBundle;
}

/** The datasets that the run read. */
export function DataTab({ inputs, trans }: IDataTabProps): JSX.Element {
  return (
    <div className="nbt-Run-page">
      {inputs.length === 0 ? (
        <Notice kind="empty" code='nbtrack.log_input(dataset, context="training")'>
          {trans.__(
            'No datasets. What a cell passes to fit, predict or score is kept; or log one:'
          )}
        </Notice>
      ) : (
        <div className="nbt-Run-columns">
          {inputs.map((input, i) => (
            <Dataset key={i} input={input} trans={trans} />
          ))}
        </div>
      )}
    </div>
  );
}

/** Enough of a digest to tell two apart by eye. */
const DIGEST_LENGTH = 12;

function Dataset({
  input,
  trans
}: {
  input: IDatasetInput;
  trans: TranslationBundle;
}): JSX.Element {
  const { name, context, digest, shape, schema } = input;
  const [rows, filter] = useFilter(schema, column => column.name, trans.__('Filter columns'));
  const isTable = shape.length === 2;
  return (
    <section className="nbt-Section" aria-label={name}>
      <div className="nbt-Section-head">
        <h3 className="nbt-Section-title">
          {name}
          {context ? <span className="nbt-Run-badge">{context}</span> : null}
        </h3>
        {filter}
      </div>
      <div className="nbt-Run-facts">
        <span title={isTable ? trans.__('rows × columns') : trans.__('shape')}>
          {shape.map(size => size.toLocaleString()).join(' × ')}
        </span>
        <span className="nbt-Run-digest" title={digest}>
          {digest.slice(0, DIGEST_LENGTH)}
        </span>
      </div>
      {schema.length > 0 ? (
        <div className="nbt-Run-schema">
          <DenseTable
            label={trans.__('Columns of %1', name)}
            rows={rows}
            rowKey={column => column.name}
            columns={[
              {
                key: 'name',
                label: trans.__('Column'),
                compare: (a, b) => a.name.localeCompare(b.name),
                render: column => <span title={column.name}>{column.name}</span>
              },
              {
                key: 'type',
                label: trans.__('Type'),
                compare: (a, b) => a.type.localeCompare(b.type),
                render: column => column.type
              }
            ]}
          />
        </div>
      ) : null}
    </section>
  );
}

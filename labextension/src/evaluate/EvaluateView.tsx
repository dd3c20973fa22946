import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect, ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import React from 'react';
import type { EvaluateForm } from './form';
import type { ModelType } from './guess';

const FILE = 'file';

/** The fields of the dialog. */
export function EvaluateView(props: { form: EvaluateForm; trans: TranslationBundle }): JSX.Element {
  const { form, trans } = props;
  return (
    <div className="nbt-Evaluate">
      <label>
        <span>{trans.__('Model')}</span>
        <HTMLSelect
          value={form.model.path}
          onChange={event => {
            const path = event.target.value;
            form.model = form.detail.models.find(model => model.path === path) ?? form.model;
          }}
        >
          {form.detail.models.map(model => (
            <option key={model.id} value={model.path}>
              {model.name === model.path ? model.name : `${model.name} (${model.path})`}
            </option>
          ))}
        </HTMLSelect>
      </label>
      <label>
        <span>{trans.__('Data')}</span>
        <HTMLSelect
          value={form.source === null ? FILE : String(form.sources.indexOf(form.source))}
          onChange={event => {
            form.source = form.sources[Number(event.target.value)] ?? null;
          }}
        >
          {form.sources.map((source, index) => (
            <option key={index} value={index}>
              {trans.__(
                '%1 (%2 rows, %3 columns) in %4',
                source.frame.name,
                source.frame.rows.toLocaleString(),
                source.frame.columns.length,
                source.notebook
              )}
            </option>
          ))}
          <option value={FILE}>{trans.__('A file…')}</option>
        </HTMLSelect>
      </label>
      {form.source === null && <FileField form={form} trans={trans} />}
      <TargetField form={form} trans={trans} />
      <label>
        <span>{trans.__('It is a')}</span>
        <HTMLSelect
          value={form.modelType}
          onChange={event => {
            form.modelType = event.target.value as ModelType;
          }}
        >
          <option value="classifier">{trans.__('classifier')}</option>
          <option value="regressor">{trans.__('regressor')}</option>
        </HTMLSelect>
      </label>
    </div>
  );
}

function FileField(props: { form: EvaluateForm; trans: TranslationBundle }): JSX.Element {
  const { form, trans } = props;
  return (
    <label>
      <span>{trans.__('File')}</span>
      <input
        className="jp-mod-styled"
        required
        value={form.file}
        placeholder={trans.__('test.csv, or .parquet')}
        onChange={event => {
          form.file = event.target.value;
        }}
      />
    </label>
  );
}

function TargetField(props: { form: EvaluateForm; trans: TranslationBundle }): JSX.Element {
  const { form, trans } = props;
  const setTarget = (event: React.ChangeEvent<HTMLInputElement | HTMLSelectElement>): void => {
    form.target = event.target.value;
  };
  return (
    <label>
      <span>{trans.__('Target column')}</span>
      {form.columns.length > 0 ? (
        <HTMLSelect value={form.target} onChange={setTarget}>
          {form.columns.map(column => (
            <option key={column} value={column}>
              {column}
            </option>
          ))}
        </HTMLSelect>
      ) : (
        <input className="jp-mod-styled" required value={form.target} onChange={setTarget} />
      )}
    </label>
  );
}

/** The dialog's body. */
export function createBody(form: EvaluateForm, trans: TranslationBundle): ReactWidget {
  return ReactWidget.create(
    <UseSignal signal={form.changed}>{() => <EvaluateView form={form} trans={trans} />}</UseSignal>
  );
}

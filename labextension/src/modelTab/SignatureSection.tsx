import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IField, IFields, IModelFolder } from '../api';
import { DenseTable } from '../component/DenseTable';
import { Notice } from '../component/Notice';
import { Section } from '../component/Section';
import { useFilter } from '../component/useFilter';

export interface ISignatureSectionProps {
  signature: IModelFolder['signature'];
  trans: TranslationBundle;
}

/** What the model eats and gives. */
export function SignatureSection({ signature, trans }: ISignatureSectionProps): JSX.Element {
  if (signature === null) {
    return (
      <Section title={trans.__('Signature')}>
        <Notice kind="empty" code="nbtrack.sklearn.log_model(model, 'model', input_example=X[:2])">
          {trans.__('No signature: what is given to the model is not checked. Log it with one:')}
        </Notice>
      </Section>
    );
  }
  return (
    <>
      <Fields title={trans.__('Inputs')} part={signature.inputs} trans={trans} />
      {signature.outputs.total > 0 && (
        <Fields title={trans.__('Outputs')} part={signature.outputs} trans={trans} />
      )}
      {signature.params.length > 0 && (
        <Section title={trans.__('Params of predict')} count={signature.params.length}>
          <DenseTable
            label={trans.__('Params of predict')}
            rows={signature.params}
            rowKey={param => param.name}
            columns={[
              { key: 'name', label: trans.__('Name'), render: param => named(param.name) },
              { key: 'type', label: trans.__('Type'), render: typeText },
              { key: 'default', label: trans.__('Default'), render: param => param.default }
            ]}
          />
        </Section>
      )}
    </>
  );
}

function Fields(props: { title: string; part: IFields; trans: TranslationBundle }): JSX.Element {
  const { title, part, trans } = props;
  const { fields, total } = part;
  const [rows, filter] = useFilter(fields, field => field.name ?? '', trans.__('Filter columns'));
  return (
    <Section title={title} count={total} tools={filter}>
      <div className="nbt-Model-scroll">
        <DenseTable
          label={title}
          rows={rows}
          rowKey={field => field.name ?? ''}
          columns={[
            { key: 'name', label: trans.__('Name'), render: field => nameOf(field, trans) },
            { key: 'type', label: trans.__('Type'), render: typeText },
            {
              key: 'required',
              label: trans.__('Required'),
              render: field => (field.isRequired ? trans.__('yes') : trans.__('optional'))
            }
          ]}
        />
      </div>
      {total > fields.length && (
        <Notice kind="empty">
          {trans.__('The first %1 of %2.', fields.length, total.toLocaleString())}
        </Notice>
      )}
    </Section>
  );
}

function nameOf(field: IField, trans: TranslationBundle): JSX.Element {
  return field.name === null ? <em>{trans.__('without a name')}</em> : named(field.name);
}

function named(name: string): JSX.Element {
  return <span title={name}>{name}</span>;
}

/** A shape's lengths as they are written in Python, any length as a star. */
function typeText({ type, shape }: Pick<IField, 'type' | 'shape'>): JSX.Element {
  const lengths = shape?.map(length => (length < 0 ? '∗' : String(length))).join(' × ');
  const text = lengths === undefined ? type : `${type} [${lengths}]`;
  return <span title={text}>{text}</span>;
}

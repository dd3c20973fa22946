import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IModelVersion, IPromotion } from '../api';
import { DenseTable, type IColumn } from '../component/DenseTable';
import { Notice } from '../component/Notice';
import { Section } from '../component/Section';
import { formatAge, formatExactTime } from '../format';

interface IShownProps {
  /** Now, in milliseconds. */
  now: number;
  trans: TranslationBundle;
}

export interface IVersionsSectionProps extends IShownProps {
  versions: readonly IModelVersion[];
  shown: string;
  onChoose: (version: string) => void;
}

/** The versions of a registered model; a click shows another. */
export function VersionsSection(props: IVersionsSectionProps): JSX.Element {
  const { versions, trans } = props;
  return (
    <Section title={trans.__('Versions')} count={versions.length}>
      <div className="nbt-Model-scroll nbt-Model-versions">
        <DenseTable
          label={trans.__('Versions')}
          rows={versions}
          rowKey={({ version }) => version}
          columns={versionColumns(props)}
        />
      </div>
    </Section>
  );
}

function versionColumns(props: IVersionsSectionProps): IColumn<IModelVersion>[] {
  const { shown, onChoose, now, trans } = props;
  return [
    {
      key: 'version',
      label: trans.__('Version'),
      compare: (a, b) => Number(a.version) - Number(b.version),
      render: ({ version }) => (
        <button
          type="button"
          className="nbt-Link"
          aria-label={trans.__('Show version %1', version)}
          aria-current={version === shown}
          onClick={() => onChoose(version)}
        >
          {version}
        </button>
      )
    },
    {
      key: 'aliases',
      label: trans.__('Aliases'),
      render: ({ aliases }) => <span title={aliases.join(', ')}>{aliases.join(', ')}</span>
    },
    {
      key: 'made',
      label: trans.__('Registered'),
      compare: (a, b) => a.createdAt - b.createdAt,
      render: ({ createdAt }) => (
        <span title={formatExactTime(createdAt)}>{formatAge(createdAt, now, trans)}</span>
      )
    },
    {
      key: 'description',
      label: trans.__('Description'),
      render: ({ description }) => <span title={description}>{description}</span>
    }
  ];
}

export interface IPromotionsSectionProps extends IShownProps {
  name: string;
  version: string;
  promotions: readonly IPromotion[];
}

/** Who gave which version an alias, when and why, and what was required of it. */
export function PromotionsSection(props: IPromotionsSectionProps): JSX.Element {
  const { name, version, promotions, now, trans } = props;
  if (promotions.length === 0) {
    return (
      <Section title={trans.__('Promotions')}>
        <Notice kind="empty" code={promoteCode(name, version)}>
          {trans.__('No version was promoted yet. Promote one that is good enough:')}
        </Notice>
      </Section>
    );
  }
  return (
    <Section title={trans.__('Promotions')} count={promotions.length}>
      <ol className="nbt-Model-promotions">
        {promotions.map(promotion => (
          <Promotion key={`${promotion.alias} ${promotion.at}`} {...{ promotion, now, trans }} />
        ))}
      </ol>
    </Section>
  );
}

function Promotion(props: IShownProps & { promotion: IPromotion }): JSX.Element {
  const { promotion, now, trans } = props;
  const { alias, version, previous, at, user, reason, findings } = promotion;
  const what =
    previous === null
      ? trans.__('%1 made version %2 %3', user, version, alias)
      : trans.__('%1 made version %2 %3 in place of %4', user, version, alias, previous);
  return (
    <li>
      {what}
      <span className="nbt-Model-quiet" title={formatExactTime(at)}>
        {formatAge(at, now, trans)}
      </span>
      {reason && <div>{reason}</div>}
      {findings.map(finding => (
        <div key={finding} className="nbt-Model-finding">
          {finding}
        </div>
      ))}
    </li>
  );
}

function promoteCode(name: string, version: string): string {
  return `nbtrack.promote(${JSON.stringify(name)}, ${version}, require="accuracy_score >= 0.9")`;
}

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IEnvironment } from '../../api';
import { DenseTable } from '../../component/DenseTable';
import { Notice } from '../../component/Notice';
import { Section } from '../../component/Section';
import { useFilter } from '../../component/useFilter';

export interface IEnvironmentTabProps {
  environment: IEnvironment | null;
  trans: TranslationBundle;
}

function git({ gitCommit, gitDirty }: IEnvironment, trans: TranslationBundle): string {
  if (!gitCommit) {
    return trans.__('not in a git repository');
  }
  return gitDirty ? trans.__('%1, with uncommitted changes', gitCommit) : gitCommit;
}

/** On what the run ran. */
export function EnvironmentTab({ environment, trans }: IEnvironmentTabProps): JSX.Element {
  if (!environment) {
    return (
      <div className="nbt-Run-page">
        <Notice kind="empty">
          {trans.__('No environment was captured: the run was logged from outside of nbtrack.')}
        </Notice>
      </div>
    );
  }
  const facts = [
    [trans.__('Python'), environment.python],
    [trans.__('Platform'), environment.platform],
    [trans.__('Git commit'), git(environment, trans)]
  ];
  return (
    <div className="nbt-Run-page">
      <dl className="nbt-Run-definitions">
        {facts.map(([name, value]) => (
          <React.Fragment key={name}>
            <dt>{name}</dt>
            <dd title={value}>{value}</dd>
          </React.Fragment>
        ))}
      </dl>
      <Packages packages={environment.packages} trans={trans} />
    </div>
  );
}

interface IPackagesProps {
  packages: Record<string, string>;
  trans: TranslationBundle;
}

function Packages({ packages, trans }: IPackagesProps): JSX.Element {
  const all = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b));
  const [rows, filter] = useFilter(all, ([name]) => name, trans.__('Filter packages'));
  return (
    <Section title={trans.__('Packages')} count={all.length} tools={filter}>
      <div className="nbt-Run-packages">
        <DenseTable
          label={trans.__('Packages')}
          rows={rows}
          rowKey={([name]) => name}
          columns={[
            {
              key: 'name',
              label: trans.__('Name'),
              compare: ([a], [b]) => a.localeCompare(b),
              render: ([name]) => name
            },
            { key: 'version', label: trans.__('Version'), render: ([, version]) => version }
          ]}
        />
      </div>
    </Section>
  );
}

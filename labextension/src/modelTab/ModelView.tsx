import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { NotLoaded } from '../component/NotLoaded';
import { Notice } from '../component/Notice';
import type { IModelActions } from './actions';
import { Environment, Example, ModelMetrics, Requirements } from './FolderSections';
import type { ModelTabModel } from './model';
import { ModelHeader } from './ModelHeader';
import { SignatureSection } from './SignatureSection';
import { PromotionsSection, VersionsSection } from './VersionsSection';

export interface IModelViewProps {
  model: ModelTabModel;
  actions: IModelActions;
  nameOfRun: (runId: string) => string;
  /** Now, in milliseconds. */
  now: number;
  trans: TranslationBundle;
}

/** A model's whole tab. */
export function ModelView(props: IModelViewProps): JSX.Element {
  const { model, trans } = props;
  const { detail, folder, error } = model;
  const isThere = detail !== null || folder !== null;
  return (
    <>
      <ModelHeader {...props} />
      <div className="nbt-Model-page">
        {!isThere && <NotLoaded error={error} retry={() => model.refresh()} trans={trans} />}
        {isThere && error && <Notice kind="error">{error}</Notice>}
        {detail?.description && <p className="nbt-Model-description">{detail.description}</p>}
        <div className="nbt-Model-columns">
          <div className="nbt-Model-column">
            <FolderParts {...props} />
          </div>
          <div className="nbt-Model-column">
            <RegistryParts {...props} />
          </div>
        </div>
      </div>
    </>
  );
}

function FolderParts({ model, trans }: IModelViewProps): JSX.Element | null {
  const { folder } = model;
  return folder === null ? null : (
    <>
      <SignatureSection signature={folder.signature} trans={trans} />
      <Example folder={folder} trans={trans} />
      <Environment folder={folder} trans={trans} />
      <Requirements folder={folder} trans={trans} />
    </>
  );
}

function RegistryParts({ model, now, trans }: IModelViewProps): JSX.Element {
  const { folder, version, registered, promotions, detail } = model;
  const metrics = detail?.metrics ?? folder?.metrics;
  return (
    <>
      {metrics && <ModelMetrics uri={model.uri} metrics={metrics} trans={trans} />}
      {version && registered && (
        <VersionsSection
          versions={registered.versions}
          shown={version.version}
          onChoose={chosen => void model.choose(chosen)}
          {...{ now, trans }}
        />
      )}
      {version && detail && (
        <PromotionsSection {...version} promotions={promotions} {...{ now, trans }} />
      )}
    </>
  );
}

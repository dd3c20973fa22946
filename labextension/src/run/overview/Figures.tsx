import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IArtifact } from '../../api';
import { Section } from '../../component/Section';
import { fileName } from '../artifacts/kind';

export interface IFiguresProps {
  figures: readonly IArtifact[];
  urlOf: (path: string) => string;
  onOpen: (figure: IArtifact) => void;
  trans: TranslationBundle;
}

/** The run's images; a click shows one in full. */
export function Figures({ figures, urlOf, onOpen, trans }: IFiguresProps): JSX.Element | null {
  if (figures.length === 0) {
    return null;
  }
  return (
    <Section title={trans.__('Figures')} count={figures.length}>
      <div className="nbt-Run-gallery">
        {figures.map(figure => (
          <button
            key={figure.path}
            type="button"
            className="nbt-Run-figure"
            title={figure.path}
            onClick={() => onOpen(figure)}
          >
            <img src={urlOf(figure.path)} alt={figure.path} loading="lazy" />
            <span className="nbt-Run-figureName">{fileName(figure.path)}</span>
          </button>
        ))}
      </div>
    </Section>
  );
}

import * as React from 'react';
import type { ISourceRenderer } from './renderSource';

export interface ISourceViewProps {
  label: string;
  source: string;
  mimeType: string;
  renderer: ISourceRenderer;
}

/** Source text that can be read, selected and copied. */
export function SourceView({ label, source, mimeType, renderer }: ISourceViewProps): JSX.Element {
  const host = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    const shown = host.current && renderer.render(host.current, source, mimeType);
    return () => shown?.dispose();
  }, [source, mimeType, renderer]);
  return <div className="nbt-Run-source" aria-label={label} role="region" ref={host} />;
}

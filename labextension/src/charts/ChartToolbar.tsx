import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { Segments } from '../component/Segments';
import type { IChartSettings } from './ChartCard';
import type { XAxis } from './curves';

export interface IChartToolbarProps {
  settings: IChartSettings;
  onChange: (settings: IChartSettings) => void;
  /** A filter, for example, at the left end. */
  children?: React.ReactNode;
  trans: TranslationBundle;
}

/** What applies to all charts below. */
export function ChartToolbar(props: IChartToolbarProps): JSX.Element {
  const { settings, onChange, children, trans } = props;
  return (
    <div className="nbt-Chart-toolbar">
      {children}
      <span className="nbt-Chart-spacer" />
      <Segments<XAxis>
        label={trans.__('Horizontal axis')}
        options={[
          { value: 'step', label: trans.__('Step') },
          { value: 'time', label: trans.__('Seconds') }
        ]}
        value={settings.axis}
        onChange={axis => onChange({ ...settings, axis })}
      />
      <Segments<'linear' | 'log'>
        label={trans.__('Vertical axis')}
        options={[
          { value: 'linear', label: trans.__('Linear') },
          { value: 'log', label: trans.__('Log') }
        ]}
        value={settings.isLog ? 'log' : 'linear'}
        onChange={value => onChange({ ...settings, isLog: value === 'log' })}
      />
    </div>
  );
}

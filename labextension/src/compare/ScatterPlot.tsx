import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';
import { EChart } from '../charts/echart';
import type { IChartTheme } from '../charts/theme';
import { Notice } from '../component/Notice';
import { dimensions, type IDimension } from './dimensions';
import { drawnRuns, type IPlotProps } from './plotProps';
import { scatterOption } from './scatterOption';

const HEIGHT = 420;

/** Every run as a point between two params or metrics. */
export default function ScatterPlot(props: IPlotProps): JSX.Element {
  const { model, comparison, onOpen, trans } = props;
  const all = React.useMemo(() => dimensions(comparison), [comparison]);
  const [xId, setX] = React.useState<string | null>(null);
  const [yId, setY] = React.useState<string | null>(null);
  const of = (id: string | null) => all.find(each => each.id === id);
  const y = of(yId) ?? all.find(({ kind }) => kind === 'metric') ?? all[0];
  const x = of(xId) ?? all.find(each => each !== y && each.isNumeric) ?? all[0];
  const shown = model.shownRuns.map(run => run.id).join();
  const option = React.useCallback(
    (theme: IChartTheme) => scatterOption(x, y, drawnRuns(model, comparison), theme),
    [x, y, comparison, model, shown]
  );
  if (!x || !y) {
    return <Notice kind="empty">{trans.__('These runs have no params and no metrics.')}</Notice>;
  }
  return (
    <>
      <div className="nbt-Compare-selects">
        <Axis label={trans.__('Horizontal')} all={all} value={x.id} onChange={setX} />
        <Axis label={trans.__('Vertical')} all={all} value={y.id} onChange={setY} />
      </div>
      <EChart
        label={trans.__('%1 over %2 of %3 runs', y.label, x.label, model.shownRuns.length)}
        height={HEIGHT}
        option={option}
        onClick={onOpen}
      />
    </>
  );
}

interface IAxisProps {
  label: string;
  all: readonly IDimension[];
  value: string;
  onChange: (id: string) => void;
}

function Axis({ label, all, value, onChange }: IAxisProps): JSX.Element {
  return (
    <label className="nbt-Compare-select">
      {label}
      <HTMLSelect value={value} onChange={event => onChange(event.target.value)}>
        {all.map(each => (
          <option key={each.id} value={each.id}>
            {each.label}
          </option>
        ))}
      </HTMLSelect>
    </label>
  );
}

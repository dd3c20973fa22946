import * as React from 'react';
import { EChart } from '../charts/echart';
import type { IChartTheme } from '../charts/theme';
import { Notice } from '../component/Notice';
import { defaultAxes, dimensions } from './dimensions';
import { parallelOption } from './parallelOption';
import { drawnRuns, type IPlotProps } from './plotProps';

const HEIGHT = 420;

/** Every run as a line through its params to its metrics. */
export default function ParallelPlot(props: IPlotProps): JSX.Element {
  const { model, comparison, onOpen, trans } = props;
  const all = React.useMemo(
    () => dimensions(comparison).filter(({ differs }) => differs),
    [comparison]
  );
  const [chosen, setChosen] = React.useState(() => defaultAxes(all));
  const shown = model.shownRuns.map(run => run.id).join();
  const option = React.useCallback(
    (theme: IChartTheme) => {
      const axes = chosen.flatMap(id => all.filter(each => each.id === id));
      return parallelOption(axes, drawnRuns(model, comparison), theme);
    },
    [all, chosen, comparison, model, shown]
  );
  const toggle = (id: string) =>
    setChosen(chosen.includes(id) ? chosen.filter(each => each !== id) : [...chosen, id]);

  if (all.length === 0) {
    return <Notice kind="empty">{trans.__('These runs differ in no param and no metric.')}</Notice>;
  }
  return (
    <>
      <div className="nbt-Compare-axes" role="group" aria-label={trans.__('Axes')}>
        {all.map(({ id, label, kind }) => (
          <button
            key={id}
            type="button"
            className="nbt-Compare-axis"
            title={kind === 'param' ? trans.__('Param %1', label) : trans.__('Metric %1', label)}
            aria-pressed={chosen.includes(id)}
            onClick={() => toggle(id)}
          >
            {label}
          </button>
        ))}
      </div>
      {chosen.length < 2 ? (
        <Notice kind="empty">{trans.__('Choose at least two axes.')}</Notice>
      ) : (
        <EChart
          label={trans.__('Parallel coordinates of %1 runs', model.shownRuns.length)}
          height={HEIGHT}
          option={option}
          onClick={onOpen}
        />
      )}
    </>
  );
}

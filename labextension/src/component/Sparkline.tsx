import React from 'react';

const WIDTH = 48;
const HEIGHT = 12;

/** The last values of a metric as a line without axes. */
export function Sparkline(props: { values: readonly number[]; label: string }): JSX.Element | null {
  const { values } = props;
  if (values.length < 2) {
    return null;
  }
  const min = Math.min(...values);
  const span = Math.max(...values) - min || 1;
  const points = values.map((value, index) => {
    const x = (index / (values.length - 1)) * (WIDTH - 2) + 1;
    const y = HEIGHT - 1 - ((value - min) / span) * (HEIGHT - 2);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg
      className="nbt-Sparkline"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={props.label}
    >
      <polyline points={points.join(' ')} />
    </svg>
  );
}

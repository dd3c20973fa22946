import uPlot from 'uplot';

/** One line of the read-out beside the cursor. */
export interface IReadout {
  label: string;
  color: string;
  value: string;
}

export interface ITooltipText {
  /** What stands above the lines, of the x under the cursor. */
  title: (x: number) => string;
  value: (y: number) => string;
}

/** More lines than this would hide the curves that they are about. */
const MAX_LINES = 12;

/**
 * Shows every curve's value at the cursor, largest first, so that the lines stand in the order in
 * which the curves lie on each other.
 */
export function tooltipPlugin({ title, value }: ITooltipText): uPlot.Plugin {
  const box = document.createElement('div');
  box.className = 'nbt-Chart-tooltip';
  box.hidden = true;

  const update = (plot: uPlot) => {
    const { left, idx, idxs } = plot.cursor;
    if (left === undefined || left < 0 || idx === null || idx === undefined) {
      box.hidden = true;
      return;
    }
    const points = plot.series.slice(1).flatMap((series, i) => {
      const at = idxs?.[i + 1] ?? idx;
      const y = plot.data[i + 1][at];
      const label = String(series.label ?? '');
      return series.show && typeof y === 'number' ? [{ label, y, index: i + 1 }] : [];
    });
    points.sort((a, b) => b.y - a.y);
    box.replaceChildren(
      titleNode(title(plot.data[0][idx])),
      ...points.slice(0, MAX_LINES).map(({ label, y, index }) => {
        return lineNode({ label, value: value(y), color: strokeOf(plot, index) });
      })
    );
    box.hidden = points.length === 0;
    place(box, plot, left);
  };

  return {
    hooks: {
      init: plot => plot.over.appendChild(box),
      setCursor: update,
      destroy: () => box.remove()
    }
  };
}

function strokeOf(plot: uPlot, index: number): string {
  const { stroke } = plot.series[index];
  const color: unknown = typeof stroke === 'function' ? stroke(plot, index) : stroke;
  return typeof color === 'string' ? color : '';
}

/** On the side of the cursor where there is room. */
function place(box: HTMLElement, plot: uPlot, left: number): void {
  const gap = 12;
  const isLeftHalf = left < plot.over.clientWidth / 2;
  box.style.left = isLeftHalf ? `${left + gap}px` : 'auto';
  box.style.right = isLeftHalf ? 'auto' : `${plot.over.clientWidth - left + gap}px`;
}

function titleNode(text: string): HTMLElement {
  const node = document.createElement('div');
  node.className = 'nbt-Chart-tooltipTitle';
  node.textContent = text;
  return node;
}

function lineNode({ label, color, value }: IReadout): HTMLElement {
  const line = document.createElement('div');
  line.className = 'nbt-Chart-tooltipLine';
  const swatch = document.createElement('span');
  swatch.className = 'nbt-Chart-swatch';
  swatch.style.background = color;
  const name = document.createElement('span');
  name.className = 'nbt-Chart-tooltipLabel';
  name.textContent = label;
  const number = document.createElement('span');
  number.className = 'nbt-Chart-tooltipValue';
  number.textContent = value;
  line.append(...(label ? [swatch, name] : []), number);
  return line;
}

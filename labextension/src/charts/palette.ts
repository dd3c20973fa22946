/**
 * Twelve colours of even weight, each with a contrast of about 3:1 or more on white and on JupyterLab's
 * dark background, neighbours far apart in hue.
 */
const PALETTE = [
  '#207fe8',
  '#e86518',
  '#03a14a',
  '#ca488f',
  '#8c5ad3',
  '#ac9003',
  '#179fa5',
  '#c83846',
  '#7584fe',
  '#7ba204',
  '#c765ce',
  '#9d6800'
];

const DASHES: readonly (readonly number[])[] = [[], [6, 4], [2, 3]];

/** How a run is drawn: its colour, and dashes once the palette has been used up. */
export interface IRunStyle {
  color: string;
  dash: readonly number[];
}

/** FNV-1a: ids that differ in one character land far apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}

/**
 * A style for each run. A run gets the colour of its id; of two that fall on one colour, the later
 * takes the next free one, so that no two of up to twelve runs look the same.
 */
export function runStyles(ids: readonly string[]): Map<string, IRunStyle> {
  const styles = new Map<string, IRunStyle>();
  const uses = new Array<number>(PALETTE.length).fill(0);
  for (const id of ids) {
    const least = Math.min(...uses);
    let slot = hash(id) % PALETTE.length;
    while (uses[slot] > least) {
      slot = (slot + 1) % PALETTE.length;
    }
    styles.set(id, {
      color: PALETTE[slot],
      dash: DASHES[uses[slot] % DASHES.length]
    });
    uses[slot]++;
  }
  return styles;
}

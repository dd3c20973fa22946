import type { TranslationBundle } from '@jupyterlab/translation';
import type { JsonNumber } from './api';

const DIGITS = 4;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** At most 4 significant digits; whole numbers below a million stay whole. */
export function formatNumber(value: JsonNumber): string {
  const number = Number(value);
  if (Number.isNaN(number)) {
    return 'NaN';
  }
  const size = Math.abs(number);
  return size === Infinity ? withMinus(number, '∞') : withMinus(number, formatSize(size));
}

/** Every digit, for a tooltip or the clipboard. */
export function fullNumber(value: JsonNumber): string {
  return String(value);
}

export function formatDuration(ms: number): string {
  if (ms < 10) {
    return `${Number(ms.toFixed(1))} ms`;
  }
  if (ms < SECOND) {
    return `${Math.round(ms)} ms`;
  }
  if (ms < 59.95 * SECOND) {
    return `${(ms / SECOND).toFixed(1)} s`;
  }
  if (ms < HOUR - SECOND / 2) {
    return inTwoUnits(ms, MINUTE, 'min', SECOND, 's');
  }
  if (ms < DAY - MINUTE / 2) {
    return inTwoUnits(ms, HOUR, 'h', MINUTE, 'min');
  }
  return inTwoUnits(ms, DAY, 'd', HOUR, 'h');
}

/** In units of 1000, as file managers and disk sellers count. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : Number(size.toPrecision(3))} ${units[unit]}`;
}

/** "3 min ago"; a date once it is more than a month. */
export function formatAge(at: number, now: number, trans: TranslationBundle): string {
  const age = now - at;
  if (age < 10 * SECOND) {
    return trans.__('just now');
  }
  if (age < MINUTE) {
    return trans.__('%1 s ago', Math.floor(age / SECOND));
  }
  if (age < HOUR) {
    return trans.__('%1 min ago', Math.floor(age / MINUTE));
  }
  if (age < DAY) {
    return trans.__('%1 h ago', Math.floor(age / HOUR));
  }
  if (age < 31 * DAY) {
    return trans.__('%1 d ago', Math.floor(age / DAY));
  }
  return new Date(at).toLocaleDateString(undefined, {
    day: 'numeric',
    month: 'short',
    year: 'numeric'
  });
}

export function formatExactTime(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

function formatSize(size: number): string {
  if (size === 0 || (Number.isInteger(size) && size < 1e6)) {
    return String(size);
  }
  const rounded = Number(size.toPrecision(DIGITS));
  if (rounded >= 1e-4 && rounded < 1e4) {
    return String(rounded);
  }
  const [digits, exponent] = size.toExponential(DIGITS - 1).split('e');
  return `${Number(digits)}e${exponent.replace('+', '').replace('-', '−')}`;
}

function inTwoUnits(ms: number, unit: number, name: string, part: number, partName: string) {
  const parts = Math.round(ms / part);
  const perUnit = unit / part;
  const rest = parts % perUnit;
  const whole = `${Math.floor(parts / perUnit)} ${name}`;
  return rest > 0 ? `${whole} ${rest} ${partName}` : whole;
}

/** A real minus is as wide as a digit, so that columns stay aligned. */
function withMinus(number: number, text: string): string {
  return number < 0 ? `−${text}` : text;
}

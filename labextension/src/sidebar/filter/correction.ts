import type { IPlace } from '../../api';

/** A filter with what is suggested in place of what is wrong; null where nothing is suggested. */
export function corrected(text: string, { position, length, suggestion }: IPlace): string | null {
  if (position === null || suggestion === null) {
    return null;
  }
  return text.slice(0, position) + suggestion + text.slice(position + length);
}

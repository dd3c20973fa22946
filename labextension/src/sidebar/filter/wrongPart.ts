import { StateEffect, StateField, type Extension } from '@codemirror/state';
import { Decoration, EditorView, WidgetType, type DecorationSet } from '@codemirror/view';
import type { IPlace } from '../../api';

/** Marks a part of the filter as wrong; null marks nothing. */
export const setWrongPart = StateEffect.define<IPlace | null>();

/** Something is missing here. */
class Gap extends WidgetType {
  toDOM(): HTMLElement {
    const gap = document.createElement('span');
    gap.className = 'nbt-RunFilter-wrong nbt-mod-gap';
    return gap;
  }

  eq(): boolean {
    return true;
  }
}

const wrongPart = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, transaction) => {
    for (const effect of transaction.effects) {
      if (effect.is(setWrongPart)) {
        return marksFor(effect.value, transaction.newDoc.length);
      }
    }
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: field => EditorView.decorations.from(field)
});

/** Underlines what can't be read. */
export const wrongPartMarks: Extension = wrongPart;

function marksFor(place: IPlace | null, length: number): DecorationSet {
  if (place === null || place.position === null) {
    return Decoration.none;
  }
  const from = Math.min(place.position, length);
  const to = Math.min(from + place.length, length);
  const mark =
    from < to
      ? Decoration.mark({ class: 'nbt-RunFilter-wrong' }).range(from, to)
      : Decoration.widget({ widget: new Gap(), side: 1 }).range(from);
  return Decoration.set([mark]);
}

import {
  acceptCompletion,
  autocompletion,
  closeCompletion,
  completionKeymap,
  completionStatus,
  moveCompletionSelection,
  selectedCompletionIndex,
  startCompletion
} from '@codemirror/autocomplete';
import { history, historyKeymap, standardKeymap } from '@codemirror/commands';
import { EditorState, Prec, type Extension } from '@codemirror/state';
import { EditorView, keymap, placeholder, tooltips, type KeyBinding } from '@codemirror/view';
import type { ICompletions, IPlace } from '../../api';
import { completionSource, goesOn } from './completionSource';
import { setWrongPart, wrongPartMarks } from './wrongPart';

export interface IFilterEditorOptions {
  parent: HTMLElement;
  text: string;
  label: string;
  placeholder: string;
  /** The id of the element that explains what is wrong. */
  describedBy: string;
  complete: (written: string) => Promise<ICompletions>;
  onChange: (text: string) => void;
  onEnter: () => void;
}

/** One line of text that knows how filters go on: CodeMirror with its autocompletion. */
export class FilterEditor {
  constructor(options: IFilterEditorOptions) {
    this._view = new EditorView({
      parent: options.parent,
      state: EditorState.create({ doc: options.text, extensions: extensionsFor(options) })
    });
  }

  /** Replaces the text, as when a suggestion is taken; the cursor goes to its end. */
  setText(text: string): void {
    const { state } = this._view;
    if (state.doc.toString() !== text) {
      this._view.dispatch({
        changes: { from: 0, to: state.doc.length, insert: text },
        selection: { anchor: text.length }
      });
    }
  }

  mark(place: IPlace | null, isMistake: boolean): void {
    this._view.dispatch({ effects: setWrongPart.of(place) });
    this._view.contentDOM.setAttribute('aria-invalid', String(isMistake));
  }

  focus(): void {
    this._view.focus();
  }

  dispose(): void {
    this._view.destroy();
  }

  private readonly _view: EditorView;
}

function extensionsFor(options: IFilterEditorOptions): Extension[] {
  return [
    history(),
    wrongPartMarks,
    placeholder(options.placeholder),
    autocompletion({
      override: [completionSource(options.complete)],
      activateOnCompletion: goesOn,
      activateOnTypingDelay: 60,
      // Enter means what was typed until an option is chosen with the arrows or the mouse.
      selectOnOpen: false,
      interactionDelay: 0,
      defaultKeymap: false,
      icons: false,
      tooltipClass: () => 'nbt-RunFilter-options'
    }),
    // In the sidebar itself the options would be cut off at its edge.
    tooltips({ parent: document.body }),
    Prec.highest(keymap.of(keysFor(options))),
    keymap.of([...completionKeymap, ...historyKeymap, ...standardKeymap]),
    EditorView.clipboardInputFilter.of(text => text.replace(/\s*\n\s*/g, ' ')),
    EditorView.contentAttributes.of(({ state }) => ({
      role: 'combobox',
      'aria-multiline': 'false',
      'aria-autocomplete': 'list',
      'aria-expanded': String(completionStatus(state) === 'active'),
      'aria-label': options.label,
      'aria-describedby': options.describedBy,
      spellcheck: 'false'
    })),
    EditorView.updateListener.of(update => {
      if (update.docChanged) {
        options.onChange(update.state.doc.toString());
      }
    })
  ];
}

function keysFor({ onEnter }: IFilterEditorOptions): KeyBinding[] {
  return [
    {
      key: 'Enter',
      run: view => {
        if (!acceptCompletion(view)) {
          closeCompletion(view);
          onEnter();
        }
        return true;
      }
    },
    { key: 'Tab', run: takeCompletion },
    {
      key: 'ArrowDown',
      run: view => completionStatus(view.state) === null && startCompletion(view)
    },
    { key: 'Escape', run: view => closeCompletion(view) || leave(view) }
  ];
}

/** Takes the option that is chosen, else the first. Who is faster than the options stays in the box. */
function takeCompletion(view: EditorView): boolean {
  const status = completionStatus(view.state);
  if (status !== 'active') {
    return status === 'pending';
  }
  if (selectedCompletionIndex(view.state) === null) {
    moveCompletionSelection(true)(view);
  }
  return acceptCompletion(view);
}

/** What is explained below the box goes away; what was typed stays. */
function leave(view: EditorView): boolean {
  view.contentDOM.blur();
  return true;
}

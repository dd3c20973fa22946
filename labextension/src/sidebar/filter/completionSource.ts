import type {
  Completion,
  CompletionContext,
  CompletionResult,
  CompletionSource
} from '@codemirror/autocomplete';
import type { ICompletionOption, ICompletions } from '../../api';

const TAKES_NO_SPACE = /[.(]$/;
/** After one of these, as after a value, the runs are to be seen. */
const ENDS_A_TEST = /(\bNULL|\))$/;

/** Options come from the server, whose grammar knows what can follow. */
export function completionSource(
  complete: (written: string) => Promise<ICompletions>
): CompletionSource {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const written = context.state.doc.sliceString(0, context.pos);
    if (written.trim() === '' && !context.explicit) {
      return null;
    }
    let found: ICompletions;
    try {
      found = await complete(written);
    } catch {
      return null; // the list of runs says that the server is away
    }
    if (context.aborted || found.options.length === 0) {
      return null;
    }
    const begun = written.slice(found.start).replace(/^\w+\./, '');
    const options = found.options.map((option, index) => completionOf(option, -index));
    return {
      from: found.start,
      options,
      filter: false,
      getMatch: ({ label }) => matchOf(label, begun)
    };
  };
}

/** Whether what is likely to follow should be offered when this one was chosen. */
export function goesOn({ label, type }: Completion): boolean {
  return type !== 'value' && !ENDS_A_TEST.test(label);
}

function completionOf({ text, kind, detail }: ICompletionOption, boost: number): Completion {
  return {
    label: text,
    type: kind,
    detail,
    apply: TAKES_NO_SPACE.test(text) ? text : `${text} `,
    boost
  };
}

/** Where an option has what was typed, as pairs of positions. */
function matchOf(label: string, begun: string): number[] {
  const start = begun === '' ? -1 : label.toLowerCase().indexOf(begun.toLowerCase());
  return start < 0 ? [] : [start, start + begun.length];
}

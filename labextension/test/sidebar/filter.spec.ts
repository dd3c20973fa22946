import { CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import type { ICompletions } from '../../src/api';
import { completionSource, goesOn } from '../../src/sidebar/filter/completionSource';
import { corrected } from '../../src/sidebar/filter/correction';
import { setWrongPart, wrongPartMarks } from '../../src/sidebar/filter/wrongPart';

const offer = async (
  text: string,
  answer: ICompletions | Error,
  isExplicit = false
): Promise<CompletionResult | null> => {
  const source = completionSource(async () => {
    if (answer instanceof Error) {
      throw answer;
    }
    return answer;
  });
  const state = EditorState.create({ doc: text });
  return source(new CompletionContext(state, text.length, isExplicit));
};
const option = (text: string, kind: 'metric' | 'operator' | 'value' = 'metric') => ({
  text,
  kind,
  detail: ''
});

test('options replace what was begun, and leave room for what follows', async () => {
  const options = [option('metrics.f1'), option('metrics.'), option('IN (', 'operator')];
  const found = await offer('not metrics.f', { start: 4, options });
  expect(found?.from).toBe(4);
  expect(found?.options.map(({ apply }) => apply)).toEqual(['metrics.f1 ', 'metrics.', 'IN (']);
  const label = 'metrics.test_f1';
  expect(found?.getMatch?.({ label })).toEqual([13, 14]);
});

test('an empty box offers nothing before it is asked to', async () => {
  const answer = { start: 0, options: [option('metrics.')] };
  expect(await offer('', answer)).toBeNull();
  expect((await offer('', answer, true))?.options).toHaveLength(1);
});

test('a server that is away offers nothing', async () => {
  expect(await offer('m', new Error('no network'))).toBeNull();
});

test.each([
  ["'FAILED'", 'value', false],
  ['metrics.f1', 'metric', true],
  ['NULL', 'keyword', false]
])('whether more is offered after %p', (label, type, isMore) => {
  expect(goesOn({ label, type })).toBe(isMore);
});

test('a suggestion takes the place of what is wrong', () => {
  const place = { message: '', position: 9, length: 6, suggestion: "'FAILED'" };
  expect(corrected('status = FAILED or', place)).toBe("status = 'FAILED' or");
  expect(corrected('status', { ...place, suggestion: null })).toBeNull();
  expect(corrected('status', { ...place, position: null })).toBeNull();
});

test.each([
  [4, 4, 'sc p'],
  [8, 0, ''],
  [99, 4, '']
])('what is wrong at %p is marked', (position, length, marked) => {
  const parent = document.body.appendChild(document.createElement('div'));
  const view = new EditorView({ parent, doc: 'gra sc pe', extensions: [wrongPartMarks] });
  const place = { message: '', position, length, suggestion: null };
  view.dispatch({ effects: setWrongPart.of(place) });
  expect(parent.querySelector('.nbt-RunFilter-wrong')?.textContent).toBe(marked);
  view.dispatch({ changes: { from: 0, insert: 'x' } });
  expect(parent.querySelector('.nbt-RunFilter-wrong')).toBeNull();
  view.destroy();
});

import { nullTranslator } from '@jupyterlab/translation';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { act } from 'react-dom/test-utils';
import { Guard, MetricValue } from '../src/component';

const trans = nullTranslator.load('nbtrack');

function draw(element: JSX.Element): HTMLElement {
  const host = document.createElement('div');
  act(() => createRoot(host).render(element));
  return host;
}

test('a score of any size is drawn, and the usual ones stand at their points', () => {
  const padded = (value: number) => {
    const number = draw(<MetricValue name="m" value={value} />).firstElementChild as HTMLElement;
    return `${number.textContent}|${number.dataset.pad}`;
  };
  expect([0.94, 0.9412, 1, 0.05, 1 / 11, 0.001234567].map(padded)).toEqual([
    '0.94|00',
    '0.9412|',
    '1|.0000',
    '0.05|00',
    '0.09091|',
    '0.001235|'
  ]);
  for (let exponent = -320; exponent < 308; exponent++) {
    padded(Number(`1.23456789e${exponent}`));
    padded(-Number(`9.9999e${exponent}`));
  }
});

describe('Guard', () => {
  beforeEach(() => jest.spyOn(console, 'error').mockImplementation(() => undefined));
  afterEach(() => jest.restoreAllMocks());

  function Fragile({ isBroken }: { isBroken: boolean }): JSX.Element {
    if (isBroken) {
      throw new RangeError('no such row');
    }
    return <p>{trans.__('fine')}</p>;
  }

  test('what fails says so in its place, and comes back with the next update', () => {
    const host = document.createElement('div');
    const root = createRoot(host);
    const show = (isBroken: boolean) =>
      act(() =>
        root.render(
          <Guard trans={trans}>
            <Fragile isBroken={isBroken} />
          </Guard>
        )
      );
    show(true);
    expect(host.querySelector('[role=alert]')?.textContent).toContain('no such row');
    show(false);
    expect(host.textContent).toBe('fine');
  });

  test('where there is no room it shows nothing', () => {
    const host = draw(
      <Guard trans={trans} isSmall>
        <Fragile isBroken />
      </Guard>
    );
    expect(host.textContent).toBe('');
  });
});

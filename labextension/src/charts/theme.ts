import * as React from 'react';

/** The theme's colours as values: a canvas knows no CSS variables. */
export interface IChartTheme {
  text: string;
  mutedText: string;
  grid: string;
  background: string;
  accent: string;
  font: string;
}

/** Read the colours that apply at `element`. */
export function readTheme(element: Element): IChartTheme {
  const style = getComputedStyle(element);
  const value = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: value('--jp-ui-font-color1'),
    mutedText: value('--jp-ui-font-color2'),
    grid: value('--jp-border-color2'),
    background: value('--jp-layout-color0'),
    accent: value('--jp-brand-color1'),
    font: `11px ${value('--jp-ui-font-family')}`
  };
}

function themeName(): string {
  return document.body.dataset.jpThemeName ?? '';
}

/**
 * The name of the theme in force. JupyterLab and Notebook write it on the body once the theme's
 * style sheet is loaded, which is when colours can be read again.
 */
export function useThemeName(): string {
  return React.useSyncExternalStore(subscribe, themeName);
}

function subscribe(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributeFilter: ['data-jp-theme-name'] });
  return () => observer.disconnect();
}

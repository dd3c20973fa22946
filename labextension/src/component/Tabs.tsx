import * as React from 'react';

export interface ITab {
  id: string;
  label: string;
  /** Shown quietly after the label. */
  count?: number;
}

export interface ITabsProps {
  /** Unique on the page; ties the tabs to their panel. */
  idPrefix: string;
  label: string;
  tabs: readonly ITab[];
  selected: string;
  onSelect: (id: string) => void;
}

const tabId = (prefix: string, id: string) => `${prefix}-tab-${id}`;

function neighbour(tabs: readonly ITab[], selected: string, key: string): ITab | undefined {
  const at = tabs.findIndex(tab => tab.id === selected);
  const last = tabs.length - 1;
  switch (key) {
    case 'ArrowRight':
      return tabs[at === last ? 0 : at + 1];
    case 'ArrowLeft':
      return tabs[at <= 0 ? last : at - 1];
    case 'Home':
      return tabs[0];
    case 'End':
      return tabs[last];
    default:
      return undefined;
  }
}

/** A row of tabs; the arrow keys, Home and End move between them. */
export function Tabs({ idPrefix, label, tabs, selected, onSelect }: ITabsProps): JSX.Element {
  const list = React.useRef<HTMLDivElement>(null);
  const onKeyDown = (event: React.KeyboardEvent) => {
    const tab = neighbour(tabs, selected, event.key);
    if (tab) {
      event.preventDefault();
      onSelect(tab.id);
      list.current?.querySelector<HTMLElement>(`#${tabId(idPrefix, tab.id)}`)?.focus();
    }
  };
  return (
    <div className="nbt-Tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
      {tabs.map(tab => (
        <button
          key={tab.id}
          id={tabId(idPrefix, tab.id)}
          className="nbt-Tabs-tab"
          role="tab"
          type="button"
          aria-selected={tab.id === selected}
          aria-controls={`${idPrefix}-panel`}
          tabIndex={tab.id === selected ? 0 : -1}
          onClick={() => onSelect(tab.id)}
        >
          {tab.label}
          {tab.count ? <span className="nbt-Tabs-count">{tab.count}</span> : null}
        </button>
      ))}
    </div>
  );
}

export interface ITabPanelProps {
  idPrefix: string;
  selected: string;
  children: React.ReactNode;
}

/** What the selected tab shows. */
export function TabPanel({ idPrefix, selected, children }: ITabPanelProps): JSX.Element {
  return (
    <div
      className="nbt-Tabs-panel"
      role="tabpanel"
      id={`${idPrefix}-panel`}
      aria-labelledby={tabId(idPrefix, selected)}
      tabIndex={0}
    >
      {children}
    </div>
  );
}

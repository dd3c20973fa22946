import type { TranslationBundle } from '@jupyterlab/translation';
import { addIcon, InputGroup, tableRowsIcon } from '@jupyterlab/ui-components';
import React from 'react';
import { IconButton } from '../component';
import type { IRunList } from '../model';

export interface ISidebarToolbarProps {
  list: IRunList;
  trans: TranslationBundle;
  createExperiment: () => void;
  chooseColumns: (anchor: HTMLElement) => void;
}

export function SidebarToolbar(props: ISidebarToolbarProps): JSX.Element {
  const { list, trans } = props;
  return (
    <>
      <IconButton
        icon={addIcon}
        label={trans.__('New experiment…')}
        onClick={props.createExperiment}
      />
      <InputGroup
        className="nbt-SidebarToolbar-filter"
        type="search"
        rightIcon="ui-components:search"
        placeholder={trans.__('Filter runs')}
        aria-label={trans.__('Filter runs by name, tag, notebook or metric')}
        value={list.words}
        onChange={event => {
          list.words = event.target.value;
        }}
      />
      <IconButton
        icon={tableRowsIcon}
        label={trans.__('Choose the metrics to show')}
        onClick={event => props.chooseColumns(event.currentTarget)}
      />
    </>
  );
}

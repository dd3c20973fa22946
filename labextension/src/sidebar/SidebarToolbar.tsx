import type { TranslationBundle } from '@jupyterlab/translation';
import { addIcon, tableRowsIcon } from '@jupyterlab/ui-components';
import React from 'react';
import { IconButton } from '../component';
import type { IRunList } from '../model';
import { RunFilterBox } from './filter';

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
      <RunFilterBox search={list.search} trans={trans} />
      <IconButton
        icon={tableRowsIcon}
        label={trans.__('Choose the metrics to show')}
        onClick={event => props.chooseColumns(event.currentTarget)}
      />
    </>
  );
}

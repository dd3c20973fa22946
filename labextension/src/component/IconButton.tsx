import type { LabIcon } from '@jupyterlab/ui-components';
import React from 'react';

export interface IIconButtonProps {
  icon: LabIcon;
  label: string;
  onClick: (event: React.MouseEvent<HTMLButtonElement>) => void;
  isPressed?: boolean;
  tabIndex?: number;
}

/** A quiet button that is only an icon; its label is its tooltip and its name. */
export function IconButton(props: IIconButtonProps): JSX.Element {
  return (
    <button
      type="button"
      className="nbt-IconButton"
      title={props.label}
      aria-label={props.label}
      aria-pressed={props.isPressed}
      tabIndex={props.tabIndex}
      onClick={event => {
        event.stopPropagation();
        props.onClick(event);
      }}
    >
      <props.icon.react tag="span" width="14px" height="14px" />
    </button>
  );
}

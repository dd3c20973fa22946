import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import { PanelMessage } from './PanelMessage';

export interface IGuardProps {
  trans: TranslationBundle;
  /** Show nothing in place of what failed, where there is no room for words. */
  isSmall?: boolean;
  children: React.ReactNode;
}

interface IGuardState {
  error: Error | null;
}

/** Keeps a failure to draw something from taking all around it away; the next update tries again. */
export class Guard extends React.Component<IGuardProps, IGuardState> {
  static getDerivedStateFromError(error: Error): IGuardState {
    return { error };
  }

  state: IGuardState = { error: null };

  componentDidCatch(error: Error): void {
    console.error('nbtrack could not draw this.', error);
  }

  componentDidUpdate(before: IGuardProps): void {
    if (this.state.error !== null && before.children !== this.props.children) {
      this.setState({ error: null });
    }
  }

  render(): React.ReactNode {
    const { error } = this.state;
    if (error === null) {
      return this.props.children;
    }
    const { trans, isSmall } = this.props;
    return isSmall ? null : (
      <PanelMessage
        isError
        text={trans.__('This could not be shown: %1. Your runs are safe.', error.message)}
        action={{ label: trans.__('Try again'), run: () => this.setState({ error: null }) }}
      />
    );
  }
}

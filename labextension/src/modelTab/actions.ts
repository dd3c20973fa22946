import type { CommandRegistry } from '@lumino/commands';
import { CommandIDs } from '../commands';

/** What a model's tab can have done; each is a command. */
export interface IModelActions {
  openRun: (runId: string) => void;
  serve: (modelUri: string) => void;
  copyCode: (modelUri: string) => void;
}

export function modelActions(commands: CommandRegistry): IModelActions {
  return {
    openRun: runId => void commands.execute(CommandIDs.openRun, { runId }),
    serve: modelUri => void commands.execute(CommandIDs.serve, { modelUri }),
    copyCode: modelUri => void commands.execute(CommandIDs.copyModelCode, { modelUri })
  };
}

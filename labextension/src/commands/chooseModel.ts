import { InputDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ApiError, type IClient, type IModel } from '../api';

/** The model at a path of a run, else its only one, else the one that the user picks. */
export async function chooseModel(
  client: IClient,
  runId: string,
  path: string | null,
  trans: TranslationBundle
): Promise<IModel | null> {
  const { models, run } = await client.run(runId);
  const chosen = models.find(model => model.path === path);
  if (chosen) {
    return chosen;
  }
  if (models.length === 0) {
    throw new ApiError('NO_MODEL', trans.__('The run %1 has no model.', run.name));
  }
  if (models.length === 1) {
    return models[0];
  }
  const { value, button } = await InputDialog.getItem({
    title: trans.__('Which model of %1?', run.name),
    items: models.map(model => model.path)
  });
  return (button.accept && models.find(model => model.path === value)) || null;
}

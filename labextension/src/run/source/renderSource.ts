import { CodeEditor, type IEditorServices } from '@jupyterlab/codeeditor';
import type { IDisposable } from '@lumino/disposable';

/** Shows source text in an element, highlighted; disposed of with what it returns. */
export interface ISourceRenderer {
  render: (host: HTMLElement, source: string, mimeType: string) => IDisposable;
  mimeTypeOf: (path: string) => string;
}

/** MLflow's model description is YAML without saying so in its name. */
const MLMODEL = /(^|\/)MLmodel$/;

/** Renders with JupyterLab's own editor, so that code looks as it does in the notebook. */
export function editorRenderer(services: IEditorServices): ISourceRenderer {
  const { factoryService, mimeTypeService } = services;
  return {
    mimeTypeOf: path => mimeTypeService.getMimeTypeByFilePath(MLMODEL.test(path) ? 'a.yaml' : path),
    render: (host, source, mimeType) => {
      const model = new CodeEditor.Model({ mimeType });
      model.sharedModel.setSource(source);
      const editor = factoryService.newInlineEditor({
        host,
        model,
        config: { readOnly: true, lineNumbers: true, lineWrap: false }
      });
      return {
        get isDisposed() {
          return editor.isDisposed;
        },
        dispose: () => {
          editor.dispose();
          model.dispose();
          host.replaceChildren();
        }
      };
    }
  };
}

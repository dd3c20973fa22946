import { Notification } from '@jupyterlab/apputils';

const ERROR_SHOWN_MS = 10_000;

/** Does what the user asked for; a failure becomes a message that they see, and null. */
export async function reporting<T>(action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    Notification.error(message, { autoClose: ERROR_SHOWN_MS });
    return null;
  }
}

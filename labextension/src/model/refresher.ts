/** Runs a task again and again, never twice at once: what is asked for meanwhile is done once more. */
export class Refresher {
  constructor(private readonly _task: () => Promise<void>) {}

  /** Resolves when everything that was known at the time of the call is loaded. */
  refresh(): Promise<void> {
    if (this._running === null) {
      this._running = this._run();
      return this._running;
    }
    this._next ??= this._running.then(() => {
      this._next = null;
      return this.refresh();
    });
    return this._next;
  }

  private async _run(): Promise<void> {
    try {
      await this._task();
    } finally {
      this._running = null;
    }
  }

  private _running: Promise<void> | null = null;
  private _next: Promise<void> | null = null;
}

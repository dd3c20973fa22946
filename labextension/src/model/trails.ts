import type { IRunRow } from '../api';

const LENGTH = 40;

/** The last values of the metrics of running runs, as they came in: what a sparkline draws. */
export class Trails {
  add(run: IRunRow): void {
    if (run.status !== 'RUNNING') {
      this._trails.delete(run.id);
      return;
    }
    const trail = this._trails.get(run.id) ?? new Map<string, number[]>();
    this._trails.set(run.id, trail);
    for (const [key, value] of Object.entries(run.metrics)) {
      const values = trail.get(key) ?? [];
      trail.set(key, values);
      if (typeof value === 'number' && values[values.length - 1] !== value) {
        values.push(value);
        values.splice(0, values.length - LENGTH);
      }
    }
  }

  get(runId: string, key: string): readonly number[] {
    return this._trails.get(runId)?.get(key) ?? [];
  }

  private readonly _trails = new Map<string, Map<string, number[]>>();
}

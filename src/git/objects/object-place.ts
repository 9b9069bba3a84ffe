/** Defines where objects are read: a tip, and for a mirror how those that were left out are fetched. */
import { DoiError } from '../../domain/errors.js';
import type { BareTip } from '../../inputs/commit-inputs.js';

/** A tip, and for a mirror how objects that were left out when it was fetched are fetched. */
export interface ObjectPlace extends BareTip {
  /** @throws {ObjectsTooLarge} where some are over the limit of a fetch; {DoiError} `remote_…` */
  readonly fetchObjects?: ((ids: readonly string[], signal?: AbortSignal) => Promise<void>) | undefined;
}

/** Objects were not fetched since they are too large. They count as over every limit; the others are asked for again. */
export class ObjectsTooLarge extends DoiError {
  /** Those that are too large. */
  readonly ids: ReadonlySet<string>;

  constructor(ids: ReadonlySet<string>, found: string, remedy: string) {
    super('remote_too_large', found, remedy);
    this.ids = ids;
  }
}

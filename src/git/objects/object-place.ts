/** Defines where objects are read: a tip, and for a mirror how those that were left out are fetched. */
import type { BareTip } from '../../inputs/probe/commit-inputs.js';

/** A tip, and for a mirror how objects that were left out when it was fetched are fetched. */
export interface ObjectPlace extends BareTip {
  /** @throws {ObjectsTooLarge} where some are over the limit of a fetch; {DoiError} `remote_…` */
  readonly fetchObjects?: ((ids: readonly string[], signal?: AbortSignal) => Promise<void>) | undefined;
}

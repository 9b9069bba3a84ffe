/** What the thread that keeps the fleet and the process that serves it tell each other. */
import type { ErrorCode } from '../../domain/errors.js';
import type { FollowSettings } from './follow.js';
import type { SummaryFilter } from './read-summary.js';
import type { FleetStatistics } from './statistics.js';

/** What the thread is started with. */
export interface FleetSettings extends FollowSettings {
  readonly databaseUrl: string;
  readonly schema: string | undefined;
}

/** A part of the summary that somebody asked for. */
export interface FleetQuery {
  readonly filter: SummaryFilter;
  /** JSON without it. */
  readonly format?: 'csv';
}

/** To the thread: make this, or end. */
export type FleetAsk = { readonly ask: number; readonly query: FleetQuery } | 'close';

/** Bytes and the tag that names them. */
export interface FleetBody {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** From the thread. */
export type FleetNews =
  /** The whole summary, as something in it has changed; the same zipped follows. */
  | {
      readonly kind: 'body';
      readonly body: FleetBody;
      readonly verifiedAt: string;
      readonly statistics: FleetStatistics;
    }
  | { readonly kind: 'zipped'; readonly bytes: Uint8Array }
  /** Nothing has changed. */
  | { readonly kind: 'confirmed'; readonly verifiedAt: string }
  | { readonly kind: 'answer'; readonly ask: number; readonly body: FleetBody }
  | { readonly kind: 'away'; readonly code: ErrorCode; readonly message: string; readonly remedy: string };

/** The messages between the thread that keeps the summary ready and the web process that serves it. */
import type { SummaryField } from '../../api/summary.js';
import type { ErrorCode } from '../../domain/errors.js';
import type { FollowOptions } from './follow.js';
import type { PageQuery } from './pages.js';
import type { SummaryFilter } from './read-summary.js';
import type { SummaryStatistics } from './statistics.js';

/** The options with which the thread is started. */
export interface ThreadOptions extends FollowOptions {
  readonly databaseUrl: string;
  readonly schema: string | undefined;
}

/** The part and the form of the summary that a client requests. */
export interface BodyQuery {
  readonly filter: SummaryFilter;
  /** JSON without it. */
  readonly format?: 'csv';
  /** All entries that the filter keeps without it. */
  readonly page?: PageQuery;
  /** All fields without it. */
  readonly fields?: readonly SummaryField[];
}

/** To the thread: make this body, or end. */
export type ToThread = { readonly id: number; readonly query: BodyQuery } | 'close';

/** Bytes and the tag that names them. */
export interface SummaryBody {
  readonly bytes: Uint8Array;
  readonly etag: string;
  /** Of a page that is not the last: where the next one begins. */
  readonly next?: string | undefined;
}

/** From the thread. */
export type FromThread =
  /** The whole summary, because something in it has changed. Its zipped bytes follow in another message. */
  | {
      readonly kind: 'body';
      readonly body: SummaryBody;
      readonly verifiedAt: string;
      readonly statistics: SummaryStatistics;
    }
  | { readonly kind: 'zipped'; readonly bytes: Uint8Array }
  /** The summary is still the same at this later time. */
  | { readonly kind: 'confirmed'; readonly verifiedAt: string }
  | { readonly kind: 'made'; readonly id: number; readonly body: SummaryBody }
  /** The database cannot be read. */
  | {
      readonly kind: 'unavailable';
      readonly code: ErrorCode;
      readonly message: string;
      readonly remedy: string;
    };

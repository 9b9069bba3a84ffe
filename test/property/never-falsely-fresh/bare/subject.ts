/** A repository of the property for bare repositories, and where something can happen to it. */
import type { Origin } from './origin.js';

/** How a subject gets to its host: it is there, or a mirror of it is, by one protocol. */
export type SubjectKind = 'bare' | 'file' | 'http';

export interface Subject {
  readonly slug: string;
  readonly kind: SubjectKind;
  readonly origin: Origin;
  readonly repoId: string;
  /** The folder that is judged: the origin's, or the mirror's. */
  readonly place: string;
  /** The contacts that succeeded, by the database's clock in milliseconds. */
  readonly contacts: { readonly from: number; readonly to: number }[];
  /** When pushes were stored. */
  readonly pushes: number[];
  /** The times of its last contact as they were saved; undefined where they were not. */
  saved?: { readonly contacted_at: string | null; readonly contact_head: string | null };
}

/** Where something can happen in the middle of an evaluation. */
export const POINTS = ['basis', 'readCommit', 'loadCommit', 'layOut', 'fetch', 'fetched'] as const;
export type Point = (typeof POINTS)[number];

/** Web processes read without git; `elsewhere`: on another host. */
export type Reader = 'without git' | 'with git' | 'elsewhere';

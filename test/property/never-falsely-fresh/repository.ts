/** One repository of the property: where its folders lie, and what the steps have made of its row so far. */
import { join } from 'node:path';
import type { Installation } from './installation.js';

/** A column of `managed_repos` that an input is made of. */
export type Column =
  | 'slug'
  | 'name'
  | 'domain_id'
  | 'local_path'
  | 'remote_url'
  | 'host_paths'
  | 'last_sbom_at'
  | 'status';

export interface Domain {
  readonly id: string;
  readonly name: string;
}

export class Repository {
  readonly index: number;
  readonly id: string;
  /** Holds `checkout`, and beside it what is put in its place. */
  readonly folder: string;
  /** What judges it. */
  readonly installation: Installation;
  /** What its row holds, as far as steps change it. */
  readonly columns = new Map<Column, string | null>();
  /** How many goals and snapshots it has. */
  goals = 0;
  snapshots = 0;

  constructor(index: number, place: { id: string; folder: string; installation: Installation }) {
    this.index = index;
    this.id = place.id;
    this.folder = place.folder;
    this.installation = place.installation;
  }

  get slug(): string {
    return this.columns.get('slug') ?? '';
  }

  /** The folder that steps change. */
  get root(): string {
    return join(this.folder, 'checkout');
  }

  /** Another checkout, to be put in the place of the first. */
  get other(): string {
    return join(this.folder, 'other');
  }

  /** Where the checkout is while it is renamed away. */
  get away(): string {
    return join(this.folder, 'away');
  }

  /** A link that leads to the checkout; some repositories are registered by it. */
  get link(): string {
    return join(this.folder, 'link');
  }

  /** Whether it has no files but `.git`, so that only the folder itself shows that it is gone. */
  get isBare(): boolean {
    return this.index % 5 === 4;
  }

  get isByLocalPath(): boolean {
    return this.index % 3 === 1;
  }

  get isByLink(): boolean {
    return this.index % 4 === 2;
  }

  /** The path that it is registered by at first. */
  get registered(): string {
    return this.isByLink ? this.link : this.root;
  }
}

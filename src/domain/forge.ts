/** What is known of a forge and of the repositories that it lists. */

export const FORGE_KINDS = ['github', 'gitlab', 'gitea', 'forgejo'] as const;
export type ForgeKind = (typeof FORGE_KINDS)[number];

/** The names by which people know the forges. */
export const FORGE_NAMES: Readonly<Record<ForgeKind, string>> = {
  github: 'GitHub',
  gitlab: 'GitLab',
  gitea: 'Gitea',
  forgejo: 'Forgejo',
};

/** A repository as its forge lists it. */
export interface ForgeRepository {
  /** The forge's own id, which stays when the repository is renamed. */
  readonly id: string;
  /** Its name below its owner, as its address has it. */
  readonly name: string;
  /** Owner and name, with a slash between. */
  readonly fullName: string;
  /** Over https, or http where the forge itself is reached so; without user info. */
  readonly cloneUrl: string;
  /** Null where the forge offers no ssh. */
  readonly sshUrl: string | null;
  /** Null where there is none, or the token may not read it. */
  readonly defaultBranch: string | null;
  /** Also where the forge is about to delete it. */
  readonly isArchived: boolean;
  readonly isFork: boolean;
  /** Undefined where the forge does not say. */
  readonly isEmpty?: boolean | undefined;
  readonly topics: readonly string[];
}

/** Which of the listed repositories are registered, and how. */
export interface DiscoveryFilters {
  /** Archived ones too. */
  readonly archived: boolean;
  readonly forks: boolean;
  /** A glob on the name. */
  readonly match?: string | undefined;
  readonly topic?: string | undefined;
  /** The domain of new ones. */
  readonly domain?: string | undefined;
  /** Whether mirrors are fetched over ssh. */
  readonly ssh: boolean;
}

/** An owner whose repositories are to be discovered. */
export interface DiscoveryTarget extends DiscoveryFilters {
  readonly kind: ForgeKind;
  readonly owner: string;
  /** The address of an installation of one's own; undefined for the forge that everyone knows. */
  readonly url?: string | undefined;
}

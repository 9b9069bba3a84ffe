/** The inputs that a verdict may rest on: their keys, in the order of the fingerprint, and their values. */

/** Inputs that have a version of their own, in the order in which a fingerprint joins them. */
export const VERSIONED_KEYS = [
  'repo',
  'tpsc',
  'goal',
  'SCOPE.md',
  'CLAUDE.md',
  'tpsc.yaml',
  'domain',
  'checkout',
  '.claude/CLAUDE.md',
  '.claude/rules',
  'workplans',
  'checker',
  'criteria',
] as const;
export type VersionedKey = (typeof VERSIONED_KEYS)[number];

/** Probed in PostgreSQL: value and version come from one statement. */
export const REGISTRY_KEYS = ['repo', 'tpsc', 'goal', 'domain'] as const;
/** Probed on the home host's file system. */
export const CHECKOUT_KEYS = [
  'SCOPE.md',
  'CLAUDE.md',
  'tpsc.yaml',
  'checkout',
  '.claude/CLAUDE.md',
  '.claude/rules',
  'workplans',
] as const;
export type RegistryKey = (typeof REGISTRY_KEYS)[number];
export type CheckoutKey = (typeof CHECKOUT_KEYS)[number];
/** The files of a checkout whose text is judged. */
export const TEXT_FILE_KEYS = ['SCOPE.md', 'CLAUDE.md', 'tpsc.yaml', '.claude/CLAUDE.md'] as const;
export type TextFileKey = (typeof TEXT_FILE_KEYS)[number];
/** What is read in a checkout: all inputs there but the checkout itself. */
export const CONTENT_KEYS = [...TEXT_FILE_KEYS, '.claude/rules', 'workplans'] as const;
export type ContentKey = (typeof CONTENT_KEYS)[number];

/** The columns of `managed_repos` that a criterion judges. Times are ISO 8601 text with microseconds. */
export interface RepoColumns {
  readonly slug: string;
  readonly name: string;
  readonly domainId: string | null;
  readonly localPath: string | null;
  readonly remoteUrl: string | null;
  /** Host name to path; empty where the column is null or anything but a map of texts. */
  readonly hostPaths: Readonly<Record<string, string>>;
  readonly lastSbomAt: string | null;
}

export interface DomainColumns {
  readonly slug: string;
  readonly status: string;
}

export type CheckoutValue =
  /** `branch`: the one that is judged of a bare repository; missing for a working folder. */
  | { readonly state: 'present'; readonly host: string; readonly path: string; readonly branch?: string }
  | { readonly state: 'absent'; readonly host: string; readonly path: string }
  | { readonly state: 'not-a-folder'; readonly host: string; readonly path: string }
  /** The path is, or lies behind, a link whose owner may not decide where it leads. */
  | { readonly state: 'foreign-link'; readonly host: string; readonly path: string }
  | { readonly state: 'unset'; readonly host: string };

/**
 * The text of a file, or why there is none. `instead`: the name of a file beside it that is probably meant for it.
 * `rejected`: the file is unsafe or over a limit, and the criterion fails it. A file that cannot be read because something
 * broke is an error, and never a value.
 */
export type TextFile =
  | { readonly state: 'present'; readonly text: string }
  | { readonly state: 'absent'; readonly instead?: string }
  | { readonly state: 'rejected'; readonly reason: string }
  | { readonly state: 'no-checkout' };

/** `refused`: why some files are not among `files`; a criterion says so where no other file decides. */
export type TextFolder =
  | {
      readonly state: 'present';
      readonly files: readonly { readonly name: string; readonly text: string }[];
      readonly refused: readonly string[];
    }
  | { readonly state: 'absent' }
  | { readonly state: 'rejected'; readonly reason: string }
  | { readonly state: 'no-checkout' };

export type Severity = 'FAIL' | 'WARN' | 'INFO';

/** The check of the one finding of a checker that reports by its exit code alone. */
export const EXIT_CODE_CHECK = 'exit-code';

/** One finding of the checker. */
export interface Finding {
  readonly check: string;
  readonly severity: Severity;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly message: string;
}

/** The checker's findings. `rejected`: the folder is over a limit, so the worker did not start the checker. */
export type Findings =
  | { readonly state: 'checked'; readonly findings: readonly Finding[] }
  | { readonly state: 'rejected'; readonly reason: string }
  | { readonly state: 'no-checkout' };

/** Every value that a criterion can declare. `workplans` and `checker` are judged through `findings`; `criteria` has no value. */
export interface InputValues {
  readonly repo: RepoColumns;
  /** How many snapshots of third-party services there are. */
  readonly tpsc: { readonly snapshots: number };
  readonly goal: { readonly active: number };
  readonly 'SCOPE.md': TextFile;
  readonly 'CLAUDE.md': TextFile;
  readonly 'tpsc.yaml': TextFile;
  readonly domain: DomainColumns | null;
  readonly checkout: CheckoutValue;
  readonly '.claude/CLAUDE.md': TextFile;
  readonly '.claude/rules': TextFolder;
  readonly findings: Findings;
}
export type ValueKey = keyof InputValues;

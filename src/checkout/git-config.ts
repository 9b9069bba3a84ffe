/** Reads a repository's own configuration from its files. Git is never run there, because its configuration starts programs. */
import { type BytePath, bytePath } from './byte-path.js';
import { fileStep } from './file-steps.js';
import { type GitSetting, parseGitConfig } from './parse-git-config.js';
import { readInside } from './read-inside.js';

/** The folders in which git keeps the files of one working tree, and those that all working trees share: real paths. */
export interface GitFolders {
  readonly own: BytePath;
  readonly shared: BytePath;
}

export interface GitConfig {
  /** In git's order: for a key with one value, the last counts. Included files are not read. */
  readonly settings: readonly GitSetting[];
  /** Why a file was skipped, as a sentence; undefined if none was. */
  readonly problem: string | undefined;
}

const MAX_BYTES = 256 * 1024;

/** The shared configuration, then that of the working tree, if the repository has one. @throws {DoiError} `file_unreadable` */
export function readGitConfig({ own, shared }: GitFolders): GitConfig {
  const common = readSettings(shared, 'config');
  if (!isTrue(lastValue(common, 'extensions', 'worktreeconfig'))) return common;
  const tree = readSettings(own, 'config.worktree');
  return { settings: [...common.settings, ...tree.settings], problem: common.problem ?? tree.problem };
}

function readSettings(folder: BytePath, name: string): GitConfig {
  const read = readInside(folder, { path: bytePath(name), maxBytes: MAX_BYTES });
  if (read.state === 'rejected') return { settings: [], problem: read.reason };
  const text = read.state === 'absent' ? '' : read.bytes.toString('utf8');
  return { settings: parseGitConfig(text, fileStep), problem: undefined };
}

/** Whether the repository's configuration says that it has no working tree. */
export function isBare(config: GitConfig): boolean {
  return isTrue(lastValue(config, 'core', 'bare'));
}

/** The working tree by the repository's configuration. */
export function worktreeOf(config: GitConfig): string | undefined {
  return lastValue(config, 'core', 'worktree');
}

function lastValue({ settings }: GitConfig, section: string, key: string): string | undefined {
  return settings.findLast(
    (each) => each.section === section && each.subsection === undefined && each.key === key,
  )?.value;
}

function isTrue(value: string | undefined): boolean {
  return /^(?:true|yes|on|[1-9]\d*)$/i.test(value ?? '');
}

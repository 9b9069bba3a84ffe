// Digests the code that may change a verdict, so that a release with other rules makes older verdicts stale.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { transformSync } from 'esbuild';

const require = createRequire(import.meta.url);

// The criteria, the domain, and the code that makes values of files, rows and the checker's output. The built-in checker
// has a digest of its own.
const JUDGING = [
  ...['checkout', 'criteria', 'domain', 'inputs', 'store/repositories'],
  ...['checker/checker-output.js', 'checker/output.js', 'checker/run-checker.js'],
  // Objects of bare repositories become values here.
  'git/objects',
  // What a checker prints may depend on its arguments, environment and limits.
  ...['checker/isolation.js', 'checker/run-command.js', 'checker/run-subprocess.js'],
];

/**
 * The digest of the compiled code below `dist`, comments left out, and of the parsers' versions.
 * @param {string} dist
 */
export function digestCriteria(dist) {
  const files = JUDGING.flatMap((name) => listFiles(join(dist, name))).filter((file) => file.endsWith('.js'));
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const { code } = transformSync(readFileSync(file, 'utf8'), {
      minifyWhitespace: true,
      legalComments: 'none',
    });
    hash.update(relative(dist, file)).update('\0').update(code).update('\0');
  }
  for (const parser of ['js-yaml', 'markdown-it', 'zod']) {
    const { version } = JSON.parse(readFileSync(require.resolve(`${parser}/package.json`), 'utf8'));
    hash.update(`${parser}@${version}`);
  }
  return hash.digest('hex').slice(0, 16);
}

function listFiles(path) {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

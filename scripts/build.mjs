// Compiles src/ to dist/: TypeScript to ESM, the built-in checker and the dashboard to bundled files, and the release's digest.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
if (!hasTools()) endWithoutTools();
const { build } = await import('esbuild');
const { digestCriteria } = await import('./criteria-digest.js');
const { makeCriteriaPage } = await import('./criteria-page.js');
const { makeCriteriaTexts } = await import('./criteria-texts.js');
// Built beside dist and then renamed, so that a running process never reads an incomplete build.
const dist = join(root, `dist.${process.pid}`);
process.once('exit', () => rmSync(dist, { recursive: true, force: true }));
const compiler = require.resolve('typescript/bin/tsc');
const compiled = spawnSync(
  process.execPath,
  [compiler, '-p', join(root, 'tsconfig.json'), '--outDir', dist],
  {
    stdio: 'inherit',
  },
);
// The compiler has printed the errors.
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

// One file, so that the digest of the checker covers everything it runs, its YAML parser included.
const checker = join(dist, 'checker.cjs');
await build({
  entryPoints: [join(root, 'src/checker/built-in/main.ts')],
  outfile: checker,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  legalComments: 'none',
  logLevel: 'warning',
});
chmodSync(checker, 0o644);

// The page: one script and one style sheet, named by their digest, so that a browser may cache them for ever.
const page = await build({
  entryPoints: [join(root, 'src/dashboard/main.tsx'), join(root, 'src/dashboard/style/main.css')],
  outdir: join(dist, 'dashboard'),
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome123', 'firefox121', 'safari17.5'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
});
const built = (ending) => basename(Object.keys(page.metafile.outputs).find((name) => name.endsWith(ending)));
const html = readFileSync(join(root, 'src/dashboard/index.html'), 'utf8');
writeFileSync(
  join(dist, 'dashboard/index.html'),
  html.replace('STYLE', built('.css')).replace('SCRIPT', built('.js')),
);
writeFileSync(
  join(dist, 'dashboard/criteria.html'),
  makeCriteriaPage(readFileSync(join(root, 'docs/criteria.md'), 'utf8'), built('.css')),
);

// What agents read about the criteria.
mkdirSync(join(dist, 'mcp'), { recursive: true });
writeFileSync(
  join(dist, 'mcp/criteria.json'),
  JSON.stringify(makeCriteriaTexts(readFileSync(join(root, 'docs/criteria.md'), 'utf8'))),
);

// The examples of the OpenAPI document.
mkdirSync(join(dist, 'api'), { recursive: true });
copyFileSync(join(root, 'docs/api-examples.json'), join(dist, 'api/examples.json'));

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
// Orders the builds of one version. For a reproducible build set SOURCE_DATE_EPOCH (reproducible-builds.org).
const { SOURCE_DATE_EPOCH: epoch } = process.env;
const builtAt = new Date(epoch === undefined ? Date.now() : Number(epoch) * 1000).toISOString();
const release = { version, criteriaDigest: digestCriteria(dist), builtAt };
writeFileSync(join(dist, 'release.json'), `${JSON.stringify(release)}\n`);

const former = `${dist}.former`;
try {
  renameSync(join(root, 'dist'), former);
} catch (error) {
  if (error.code !== 'ENOENT') throw error;
}
renameSync(dist, join(root, 'dist'));
rmSync(former, { recursive: true, force: true });

function hasTools() {
  try {
    return ['esbuild', 'typescript', 'preact'].every((name) => require.resolve(name));
  } catch {
    return false;
  }
}

/** npm runs this too after `npm ci --omit=dev` (`--prepare`): then an existing dist is no error. */
function endWithoutTools() {
  const isBuilt = existsSync(join(root, 'dist/release.json'));
  if (process.argv.includes('--prepare') && isBuilt) {
    console.log('doi-worker: no packages for building are installed; dist stays unchanged.');
    process.exit(0);
  }
  console.error(
    `doi-worker: The packages for building are not installed${isBuilt ? '' : ', and there is no dist'}.\n` +
      '  Run "npm ci", which builds, and then "npm prune --omit=dev" to keep only the packages for running.',
  );
  process.exit(1);
}

// Compiles src/ to dist/: TypeScript to ESM, the built-in checker and the dashboard to bundled files, and the release's digest.
// `--bundle` then bundles the program with its packages, so that dist runs without node_modules. `npm pack` writes that bundle to a
// folder of its own by `--package`, and leaves dist alone. npm starts `--install` when it has installed the packages of a clone: as
// `postprepare`, since for a `prepare` it would warn of a script wherever the packed file is installed.
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
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const isInstall = process.argv.includes('--install');
const isBundle = process.argv.includes('--bundle');
const isPackage = process.argv.includes('--package');
if (!hasTools()) endWithoutTools();
const { build } = await import('esbuild');
const { bundleProgram, listFiles } = await import('./bundle.js');
const { collectLicences } = await import('./licences.js');
const { digestCriteria } = await import('./criteria-digest.js');
const { makeCriteriaPage } = await import('./criteria-page.js');
const { makeCriteriaTexts } = await import('./criteria-texts.js');
// Built beside dist and then renamed.
const dist = join(root, `dist.${process.pid}`);
const bundled = `${dist}.bundle`;
process.once('exit', () => {
  for (const folder of [dist, bundled]) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
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
const compiledFiles = new Set(listFiles(dist));

// One file, so that the digest of the checker covers everything it runs, its YAML parser included.
const checker = join(dist, 'checker.cjs');
const program = await build({
  absWorkingDir: root,
  entryPoints: [join(root, 'src/checker/built-in/main.ts')],
  outfile: checker,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  preserveSymlinks: true,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
});
chmodSync(checker, 0o644);

// The page: one script and one style sheet, named by their digest, so that a browser may cache them for ever.
const page = await build({
  absWorkingDir: root,
  entryPoints: [join(root, 'src/dashboard/main.tsx'), join(root, 'src/dashboard/style/main.css')],
  outdir: join(dist, 'dashboard'),
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome123', 'firefox121', 'safari17.5'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  preserveSymlinks: true,
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

// The schemas of a repository's files, for editors: made of those that judge.
const schemasModule = pathToFileURL(join(dist, 'criteria/parse/schemas/json-schemas.js'));
const { makeJsonSchemas } = await import(schemasModule.href);
mkdirSync(join(dist, 'schemas'));
for (const [name, schema] of Object.entries(makeJsonSchemas()))
  writeFileSync(join(dist, `schemas/${name}.json`), `${JSON.stringify(schema, null, 2)}\n`);
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
const bundledHere = [program.metafile, page.metafile];
describeBuild(dist, release, bundledHere);
if (isBundle || isPackage) {
  const whole = await bundleProgram({ root, dist, target: bundled, compiled: compiledFiles });
  describeBuild(bundled, { ...release, bundle: true }, [...bundledHere, whole]);
}
if (isPackage) fillPackage(bundled, join(root, 'bundle'));
else replaceDist(isBundle ? bundled : dist);

/** Says of a build which release it is, and whose code is in it. */
function describeBuild(folder, release, metafiles) {
  writeFileSync(join(folder, 'release.json'), `${JSON.stringify(release)}\n`);
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES'), collectLicences(root, metafiles));
}

/** Renames, so that a running process never reads an incomplete build. */
function replaceDist(folder) {
  const former = join(root, `dist.${process.pid}.former`);
  try {
    renameSync(join(root, 'dist'), former);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  renameSync(folder, join(root, 'dist'));
  rmSync(former, { recursive: true, force: true });
}

/** File by file, so that another `npm pack` of the same sources, which reads these very files, always finds all of them. */
function fillPackage(folder, target) {
  const files = new Set(listFiles(folder));
  for (const file of files) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    renameSync(join(folder, file), join(target, file));
  }
  for (const file of listFiles(target)) if (!files.has(file)) rmSync(join(target, file), { force: true });
}

function hasTools() {
  try {
    return ['esbuild', 'typescript', 'preact'].every((name) => require.resolve(name));
  } catch {
    return false;
  }
}

/** npm runs this too after `npm ci --omit=dev` (`--install`): then a dist that is a bundle is no error. */
function endWithoutTools() {
  const release = join(root, 'dist/release.json');
  const isBuilt = existsSync(release);
  const isBundled = isBuilt && JSON.parse(readFileSync(release, 'utf8')).bundle === true;
  if (isInstall && isBundled) {
    console.log(
      'doi-worker: no packages for building are installed; dist, which is a bundle, stays unchanged.',
    );
    process.exit(0);
  }
  const state = isBundled
    ? ', and dist stays unchanged'
    : isBuilt
      ? ', and dist runs only with the packages'
      : ', and there is no dist';
  console.error(
    `doi-worker: The packages for building are not installed${state}.\n` +
      '  Run "npm ci", which builds. To run without node_modules, run "npm run bundle" after it.',
  );
  process.exit(1);
}

// Bundles the compiled program with its packages, so that the package that npm packs installs without any other.
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { BUNDLED, LEFT_OUT } from './bundled-packages.js';

// Packages in CommonJS expect these; the names are such that no package declares them itself.
const BANNER = [
  "import { createRequire as bundleCreateRequire } from 'node:module';",
  'const require = bundleCreateRequire(import.meta.url);',
  'const bundleFolder = import.meta.dirname;',
  'const bundleFile = import.meta.filename;',
].join('\n');

/**
 * Bundles what was compiled to `dist`: every file there that is started by its path, as an entry with the same path in
 * `target`, and beside them what the build has made there besides.
 * @param {{ root: string, dist: string, target: string, compiled: ReadonlySet<string> }} options `compiled`: the files that
 *   the compiler has written, relative to `dist`
 * @returns the metafile of esbuild
 */
export async function bundleProgram({ root, dist, target, compiled }) {
  const { metafile } = await build({
    // The names of chunks are made of paths, which must not hold the name of a folder that each build has of its own.
    absWorkingDir: dist,
    entryPoints: findEntries(root).map((entry) => join(dist, entry)),
    outdir: target,
    outbase: dist,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // A folder of packages that is a link stays the node_modules of this folder, in names and in licences.
    preserveSymlinks: true,
    external: LEFT_OUT,
    define: { __dirname: 'bundleFolder', __filename: 'bundleFile' },
    banner: { js: BANNER },
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  });
  checkExternals(metafile);
  for (const file of listFiles(dist)) {
    if (compiled.has(file)) continue;
    mkdirSync(dirname(join(target, file)), { recursive: true });
    copyFileSync(join(dist, file), join(target, file));
  }
  return metafile;
}

/** All files below a folder, relative to it. */
export function listFiles(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

/** The program that bin/doi loads, and what the sources start by its path, as a thread or as a process of its own. */
function findEntries(root) {
  const src = join(root, 'src');
  const started = listFiles(src)
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...readFileSync(join(src, file), 'utf8').matchAll(/\bdistPath\('([\w/.-]+\.js)'\)/g)])
    .map(([, entry]) => entry);
  return ['cli/main.js', ...new Set(started)].sort();
}

/** A package that is not bundled would be missing where this one is installed. */
function checkExternals({ inputs, outputs }) {
  const known = new Set([...builtinModules, ...LEFT_OUT]);
  const missing = Object.values(outputs)
    .flatMap(({ imports }) => imports)
    .filter(({ path, external }) => external && !path.startsWith('node:') && !known.has(path))
    .map(({ path }) => path);
  const unknown = Object.entries(inputs)
    .filter(([file]) => !file.includes('node_modules/'))
    .flatMap(([, { imports }]) => imports)
    .flatMap(({ original = '' }) => /^(?![./]|node:)(?:@[^/]+\/)?[^/]+/.exec(original) ?? [])
    .filter((name) => !BUNDLED.includes(name) && !builtinModules.includes(name));
  const wrong = [...new Set([...missing, ...unknown])];
  if (wrong.length > 0)
    throw new Error(`Not on the list of scripts/bundled-packages.js: ${wrong.join(', ')}`);
}

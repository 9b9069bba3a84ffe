import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';
import { type Cruise, cruiseSources } from './cruise.js';

/** For each rule, a file that breaks it, and the module whose import does. `type`: by a type alone. */
const BREAKS: readonly { rule: string; file: string; imports: string; type?: true }[] = [
  { rule: 'domain-imports', file: 'domain/a.ts', imports: '../platform/log.js', type: true },
  { rule: 'domain-is-pure', file: 'domain/b.ts', imports: 'node:fs' },
  { rule: 'domain-is-pure', file: 'domain/c.ts', imports: 'zod' },
  { rule: 'criteria-imports', file: 'criteria/a.ts', imports: '../inputs/load/one.js', type: true },
  { rule: 'criteria-are-pure', file: 'criteria/b.ts', imports: 'node:fs/promises' },
  { rule: 'inputs-probe-imports', file: 'inputs/probe/a.ts', imports: '../load/one.js', type: true },
  { rule: 'inputs-imports', file: 'inputs/a.ts', imports: './load/one.js', type: true },
  { rule: 'inputs-load-imports', file: 'inputs/load/a.ts', imports: '../../criteria/one.js' },
  { rule: 'checkout-imports', file: 'checkout/a.ts', imports: '../store/one.js' },
  { rule: 'checker-imports', file: 'checker/a.ts', imports: '../store/one.js' },
  { rule: 'git-imports', file: 'git/a.ts', imports: '../store/one.js' },
  { rule: 'check-imports', file: 'check/a.ts', imports: '../store/one.js' },
  { rule: 'init-imports', file: 'init/a.ts', imports: '../store/one.js' },
  { rule: 'client-imports', file: 'client/a.ts', imports: '../store/one.js' },
  { rule: 'mcp-imports', file: 'mcp/a.ts', imports: '../store/one.js' },
  { rule: 'forge-imports', file: 'forge/a.ts', imports: '../store/one.js' },
  { rule: 'store-imports', file: 'store/a.ts', imports: '../registry/one.js', type: true },
  { rule: 'registry-imports', file: 'registry/a.ts', imports: '../inputs/probe/one.js' },
  { rule: 'queue-imports', file: 'queue/a.ts', imports: '../store/one.js' },
  { rule: 'dashboard-imports', file: 'dashboard/a.ts', imports: '../store/one.js' },
  { rule: 'api-imports', file: 'api/a.ts', imports: '../store/one.js' },
  { rule: 'api-by-type-only', file: 'dashboard/b.ts', imports: '../api/one.js' },
  { rule: 'platform-imports', file: 'platform/a.ts', imports: '../registry/one.js' },
  { rule: 'local-imports', file: 'local/a.ts', imports: '../queue/one.js' },
  { rule: 'producer-imports', file: 'producer/a.ts', imports: '../worker/one.js' },
  { rule: 'producer-never-reaches', file: 'producer/c.ts', imports: '../inputs/load/one.js' },
  { rule: 'worker-imports', file: 'worker/a.ts', imports: '../reader/one.js' },
  { rule: 'producer-only-from-run-worker', file: 'worker/b.ts', imports: '../producer/one.js' },
  { rule: 'reader-imports', file: 'reader/a.ts', imports: '../queue/one.js', type: true },
  { rule: 'reader-never-reaches', file: 'reader/b.ts', imports: '../registry/by-way-of.js' },
  { rule: 'doctor-imports', file: 'doctor/a.ts', imports: '../producer/one.js' },
  { rule: 'web-imports', file: 'web/a.ts', imports: '../inputs/load/one.js' },
  { rule: 'checker-built-in-imports', file: 'checker/built-in/a.ts', imports: '../../inputs/probe/one.js' },
  { rule: 'built-in-checker-stays-small', file: 'checker/built-in/b.ts', imports: '../../checkout/walk.js' },
  { rule: 'nobody-imports-cli', file: 'worker/c.ts', imports: '../cli/one.js', type: true },
  { rule: 'nobody-imports-entries', file: 'producer/b.ts', imports: '../worker/run-worker.js' },
  { rule: 'nobody-imports-main', file: 'cli/a.ts', imports: './main.js' },
  { rule: 'queue-packages', file: 'worker/d.ts', imports: 'bullmq', type: true },
  { rule: 'queue-packages', file: 'local/b.ts', imports: 'ioredis' },
  { rule: 'database-packages', file: 'store/b.ts', imports: 'postgres' },
  { rule: 'http-packages', file: 'worker/e.ts', imports: 'fastify' },
  { rule: 'metrics-packages', file: 'reader/e.ts', imports: 'prom-client' },
  { rule: 'protocol-packages', file: 'web/b.ts', imports: '@modelcontextprotocol/server' },
  { rule: 'log-packages', file: 'reader/c.ts', imports: 'pino' },
  { rule: 'command-line-packages', file: 'reader/d.ts', imports: 'commander' },
  { rule: 'no-cycles', file: 'store/c.ts', imports: './later.js' },
  { rule: 'only-bundled-packages', file: 'platform/b.ts', imports: 'fast-check' },
  { rule: 'everything-resolves', file: 'platform/c.ts', imports: './is-not-there.js' },
];

/** What the broken files lead to. */
const TARGETS: Readonly<Record<string, string>> = {
  'platform/log.ts': '',
  'api/one.ts': '',
  'inputs/load/one.ts': '',
  'criteria/one.ts': '',
  'registry/one.ts': '',
  'store/one.ts': '',
  'queue/one.ts': '',
  'producer/one.ts': '',
  'reader/one.ts': '',
  'cli/one.ts': '',
  'cli/main.ts': '',
  'inputs/probe/one.ts': '',
  'worker/run-worker.ts': '',
  'worker/one.ts': '',
  'registry/by-way-of.ts': "import '../queue/one.js';\n",
  'checkout/walk.ts': "import '../platform/log.js';\n",
  'store/later.ts': "import './c.js';\n",
};

/** Stand-ins: what counts is their names, and what package.json says of them. */
const PACKAGES = [
  'zod',
  'bullmq',
  'ioredis',
  'postgres',
  'fastify',
  'pino',
  'prom-client',
  'commander',
  '@modelcontextprotocol/server',
  'fast-check',
];

describe('who imports whom', () => {
  it('is as the rules say', async () => {
    const cruise = await cruiseSources(packageRoot);
    expect(cruise.violations).toEqual([]);
    expect(cruise.modules).toBeGreaterThan(100);
  });
});

describe('a rule on imports', () => {
  let folder: string;
  let cruise: Cruise;

  beforeAll(async () => {
    folder = await makeTempFolder('imports');
    for (const name of ['package.json', 'tsconfig.json'])
      await copyFile(join(packageRoot, name), join(folder, name));
    for (const name of PACKAGES) await write(`node_modules/${name}/index.js`, '');
    const broken = BREAKS.map(({ file, imports, type }) => [
      file,
      `${type ? `import type * as it from '${imports}';\nexport type It = typeof it` : `import '${imports}'`};\n`,
    ]);
    for (const [file = '', text = ''] of [...Object.entries(TARGETS), ...broken]) {
      await write(`src/${file}`, text || 'export const one = 1;\n');
    }
    cruise = await cruiseSources(folder);
  });
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  };
  afterAll(() => removeFolder(folder));

  it.each(BREAKS)('$rule is broken by src/$file, which imports $imports', ({ rule, file }) => {
    expect(cruise.violations).toContainEqual(expect.objectContaining({ rule, from: `src/${file}` }));
  });

  it('is never without a file here that breaks it', () => {
    expect(new Set(BREAKS.map(({ rule }) => rule))).toEqual(new Set(cruise.rules));
  });
});

/** Runs dependency-cruiser with the project's rules, on the project itself or on a folder that a test made. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/platform/process/package-root.js';

export interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

export interface Cruise {
  readonly modules: number;
  readonly rules: readonly string[];
  readonly violations: readonly Violation[];
}

interface Report {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly { rule: { name: string }; from: string; to: string }[];
    readonly ruleSetUsed: { readonly forbidden: readonly { name: string }[] };
  };
}

const run = promisify(execFile);
const PROGRAM = join(packageRoot, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

/** Reads the imports in `src/` of a folder that holds a package.json and a tsconfig.json. */
export async function cruiseSources(folder: string): Promise<Cruise> {
  const config = join(packageRoot, '.dependency-cruiser.mjs');
  const argv = [PROGRAM, '--config', config, '--output-type', 'json', 'src'];
  const { stdout } = await run(process.execPath, argv, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
  const { summary } = JSON.parse(stdout) as Report;
  return {
    modules: summary.totalCruised,
    rules: summary.ruleSetUsed.forbidden.map(({ name }) => name),
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}

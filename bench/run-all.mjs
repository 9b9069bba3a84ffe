// Runs all benchmarks in turn: `npm run bench`. One alone: `node bench/NAME.mjs`, after a build.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const own = 'run-all.mjs';
for (const name of readdirSync(import.meta.dirname).filter((file) => file.endsWith('.mjs') && file !== own)) {
  console.log(`\n${name}`);
  execFileSync(process.execPath, [join(import.meta.dirname, name)], { stdio: 'inherit' });
}

// A web process of its own with bare routes beside it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { alternate } from './measure.js';
import { rate } from './request.js';

/** Starts it; closing the scope stops it. Returns the addresses: `url` of ours, `bare` of the bare routes. */
export async function startWebBeside({ services, scope }, env = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'web-child.js')], {
    env: {
      ...process.env,
      ...{ DATABASE_URL: services.databaseUrl, PORT: '0', DOI_HOST: 'bench', LOG_LEVEL: 'warn' },
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  scope.add('web', child, async (it) => {
    it.kill('SIGKILL');
    if (it.exitCode === null && it.signalCode === null) await once(it, 'exit');
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  return JSON.parse(line);
}

/** Rates of a subject and of its limit in alternating slices; the ratios are the subject's share of the limit's. */
export async function compareRates(rounds, { limit, subject }) {
  await rate(limit);
  await rate(subject);
  return alternate(rounds, { limit: () => rate(limit), subject: () => rate(subject) });
}

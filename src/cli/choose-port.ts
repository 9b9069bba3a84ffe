/** Chooses the port at which `npm start` serves. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DoiError } from '../domain/errors.js';
import { findFreePort, isPortFree } from '../local/free-port.js';
import type { Config } from '../platform/config.js';

export interface ChoosePort {
  readonly env: NodeJS.ProcessEnv;
  readonly config: Pick<Config, 'port' | 'address'>;
  /** Keeps the port that was found in place of the usual one. */
  readonly dataDir: string;
  /** Takes a line for a person. */
  readonly say: (line: string) => void;
}

/**
 * The port that was asked for, 0 for any. Without one 8080; where another program has that, the same one at each start,
 * as long as it is free.
 */
export async function choosePort({ env, config, dataDir, say }: ChoosePort): Promise<number> {
  const { port, address } = config;
  if (port !== 0 && (await isPortFree(port, address))) return port;
  if (port === 0) return findFreePort();
  if (env['PORT']) {
    const found = `The port ${port} of ${address}, which PORT names, cannot be listened on: another program has it, or this user may not.`;
    throw new DoiError(
      'bad_configuration',
      found,
      'Stop that program, or set another PORT; 0 takes any that is free.',
    );
  }
  const file = join(dataDir, 'port');
  const kept = Number(await readFile(file, 'utf8').catch(() => ''));
  const isUsable = Number.isInteger(kept) && kept > 0 && kept <= 65_535 && (await isPortFree(kept, address));
  const chosen = isUsable ? kept : await findFreePort();
  await writeFile(file, `${chosen}\n`, { mode: 0o600 });
  say(`Another program has port ${port}, so this serves at port ${chosen}; PORT sets one.`);
  return chosen;
}

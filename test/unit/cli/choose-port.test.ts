import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { choosePort } from '../../../src/cli/start-processes.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';

const address = '127.0.0.1';
let dataDir: string;
let other: Server;
let taken: number;
beforeEach(async () => {
  dataDir = await makeTempFolder('port');
  other = createServer().listen(0, address);
  await once(other, 'listening');
  taken = (other.address() as AddressInfo).port;
});
afterEach(async () => {
  other.close();
  await removeFolder(dataDir);
});

function choose(port: number, env: NodeJS.ProcessEnv = {}) {
  const said: string[] = [];
  const say = (line: string) => said.push(line);
  return choosePort({ env, config: { port, address }, dataDir, say }).then((chosen) => ({ chosen, said }));
}

describe('when another program uses the usual port', () => {
  it('then npm start chooses a free port, says so, and chooses the same at the next start', async () => {
    const first = await choose(taken);
    expect(first.chosen).not.toBe(taken);
    expect(first.said).toEqual([
      `Another program uses port ${taken}, so this one serves at port ${first.chosen}; PORT sets another.`,
    ]);
    expect(await choose(taken)).toEqual(first);
  });

  it('and the port of the last start too, then npm start chooses another', async () => {
    const { chosen } = await choose(taken);
    const second = createServer().listen(chosen, address);
    await once(second, 'listening');
    expect([chosen, taken]).not.toContain((await choose(taken)).chosen);
    second.close();
  });

  it('then it is an error if PORT names that port', async () => {
    await expect(choose(taken, { PORT: String(taken) })).rejects.toMatchObject({ code: 'bad_configuration' });
  });
});

it('the usual port is chosen as soon as it is free, and 0 means any free port', async () => {
  await choose(taken);
  other.close();
  await once(other, 'close');
  expect(await choose(taken)).toEqual({ chosen: taken, said: [] });
  expect((await choose(0, { PORT: '0' })).chosen).toBeGreaterThan(0);
});

/** Never falsely fresh where only the home host has the checkout, whatever becomes of hosts, the database and its clock. */
import { describe, expect, test } from 'vitest';
import { type DatabaseFault, ElsewhereWorld } from './elsewhere-world.js';
import { takeNumber } from './settings.js';

const STEPS = takeNumber('DOI_PROPERTY_STEPS', 40);
const TIMEOUT_MS = 300_000;
type Step = (world: ElsewhereWorld, ms: number) => Promise<unknown>;

/** Something that happens after a pass has probed and before it writes its heartbeat. */
const MEANWHILE: Readonly<Record<string, Step>> = {
  nothing: async () => {},
  'the file is edited and judged': async (world) => {
    await world.editFile();
    await world.evaluate();
  },
  'the copy takes its place': (world) => world.restore(),
  'the clock is set back': (world, ms) => world.setClock(-ms),
};
const STEPS_OF: Readonly<Record<string, Step>> = {
  'the file is edited': (world) => world.editFile(),
  'the row is edited': (world) => world.editRow(),
  'it is judged, and its host makes a pass': async (world) => {
    await world.evaluate();
    await world.pass();
  },
  'its host makes a pass': (world) => world.pass(),
  'its host dies': async (world) => {
    world.isAlive = false;
  },
  'time passes': (world, ms) => world.setClock(2 * ms),
  'the clock is set back': (world, ms) => world.setClock(-ms),
  'a copy is made': (world) => world.save(),
  'the copy takes its place': (world) => world.restore(),
};

/** Numbers that only the seed decides, from 0 to below 1. */
function numbersOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

/** What each fault makes false, and what does not without it. */
const HISTORIES: Readonly<Record<DatabaseFault, (world: ElsewhereWorld) => Promise<unknown>>> = {
  'dated after its snapshot': (world) => world.read(() => world.editRow()),
  'heartbeat for another copy': async (world) => {
    await world.save();
    await world.editFile();
    await world.evaluate();
    await world.pass(() => world.restore());
    return world.read();
  },
  'times believed again': async (world) => {
    world.isAlive = false;
    await world.setClock(90_000);
    await world.setClock(-120_000);
    await world.read();
    await world.editFile();
    await world.setClock(40_000);
    const found = await world.read();
    world.isAlive = true;
    return found;
  },
};

/** @returns what was false, and after which steps; undefined where nothing was */
async function run(world: ElsewhereWorld, seed: number): Promise<string | undefined> {
  const next = numbersOf(seed);
  const pick = (names: readonly string[]) => names[Math.floor(next() * names.length)] ?? '';
  const done: string[] = [];
  let fresh = 0;
  for (let count = 0; count < STEPS; count += 1) {
    const ms = Math.floor(next() * 40_000);
    const [name, meanwhile, isHeld] = [
      pick(Object.keys(STEPS_OF)),
      pick(Object.keys(MEANWHILE)),
      next() < 0.2,
    ];
    if (next() < 0.3) world.isAlive = true;
    done.push(name === 'its host makes a pass' ? `${name}, meanwhile ${meanwhile}` : name);
    const during = async () => {
      await MEANWHILE[meanwhile]?.(world, ms);
    };
    if (name === 'its host makes a pass') await world.pass(during);
    else await STEPS_OF[name]?.(world, ms);
    const found = await world.read(isHeld ? () => world.editRow() : undefined);
    if (found !== undefined) return `${found}\nseed ${seed}, after ${done.slice(-12).join('; ')}`;
    fresh += Number(world.wasFresh);
  }
  expect(fresh, 'a run in which nothing reads fresh proves nothing').toBeGreaterThan(0);
  return undefined;
}

async function withWorld<T>(
  fault: DatabaseFault | undefined,
  work: (world: ElsewhereWorld) => Promise<T>,
): Promise<T> {
  const world = await ElsewhereWorld.open(fault);
  try {
    await world.evaluate();
    await world.pass();
    return await work(world);
  } finally {
    await world.close();
  }
}

test('a report that is read on another host is never falsely fresh', { timeout: TIMEOUT_MS }, async () => {
  const seed = takeNumber('DOI_PROPERTY_SEED', Math.floor(Math.random() * 0x7fff_ffff));
  console.log(`Seed ${seed}`);
  expect(await withWorld(undefined, (world) => run(world, seed))).toBeUndefined();
});

test('an observation of a registry that was restored since verifies nothing', {
  timeout: TIMEOUT_MS,
}, async () => {
  const found = await withWorld(undefined, async (world) => {
    await world.save();
    await world.editRow();
    await world.pass(() => world.restore());
    return world.read();
  });
  expect(found).toBeUndefined();
});

describe.each(Object.entries(HISTORIES))('the fault "%s"', { timeout: TIMEOUT_MS }, (fault, history) => {
  test('is found', async () => {
    expect(await withWorld(fault as DatabaseFault, history)).toMatch(/^fresh as of/);
  });

  test('is not there', async () => {
    expect(await withWorld(undefined, history)).toBeUndefined();
  });
});

import { expect, it } from 'vitest';
import { CheckerBreaker, CheckerBroken } from '../../../src/checker/checker-breaker.js';
import { DoiError, type ErrorCode } from '../../../src/domain/errors.js';

const MINUTE = 60_000;

type Behaviour = 'works' | ErrorCode;

/** A breaker around a checker with a chosen behaviour, for all repositories or for some. */
function make() {
  const state = {
    now: 1_000_000,
    version: 'v1',
    /** Of all that are not named in `by`. */
    behaviour: 'works' as Behaviour,
    by: {} as Record<string, Behaviour>,
    /** What a check waits for before it ends. */
    gates: {} as Record<string, Promise<void>>,
    ran: [] as string[],
    said: [] as string[],
  };
  const stop = new AbortController();
  const run = async ({ slug }: { slug: string }) => {
    state.ran.push(slug);
    await state.gates[slug];
    const behaviour = state.by[slug] ?? state.behaviour;
    if (behaviour !== 'works') throw new DoiError(behaviour, `It broke on ${slug}.`, 'Repair it.');
    return { findings: [], ms: 1 };
  };
  const breaker = new CheckerBreaker({
    check: run,
    probe: () => state.version,
    canary: async (check) => void (await check({ path: '/canary', slug: 'canary' })),
    clock: { now: () => state.now, sleep: () => Promise.reject(new Error('nothing waits')) },
    signal: stop.signal,
    onBroken: (error) => state.said.push(error.code),
    onRecovered: () => state.said.push('recovered'),
  });
  /** How the check of a repository ends: `works`, or the code of its error. */
  const check = async (slug: string, signal = new AbortController().signal): Promise<string> => {
    try {
      await breaker.check({ path: `/${slug}`, slug }, signal);
      return 'works';
    } catch (error) {
      return error instanceof DoiError ? error.code : 'aborted';
    }
  };
  const checkAll = async (...slugs: string[]) => {
    const ends: string[] = [];
    for (const slug of slugs) ends.push(await check(slug));
    return ends;
  };
  const ranOf = (slug: string) => state.ran.filter((one) => one === slug).length;
  return { state, stop, breaker, check, checkAll, ranOf };
}

const FIVE = ['a', 'b', 'c', 'd', 'e'];
const CRASHES = FIVE.map(() => 'checker_crashed');

/** A breaker whose checker broke for every repository. */
async function makeOpen() {
  const made = make();
  made.state.behaviour = 'checker_crashed';
  expect(await made.checkAll(...FIVE)).toEqual(CRASHES);
  return made;
}

function makeGate() {
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { gate, open };
}

it('refuses every check once the checker broke on five repositories and on the canary, and says so once', async () => {
  const { state, checkAll, ranOf } = await makeOpen();
  expect(await checkAll('f', 'a', 'g')).toEqual(['checker_broken', 'checker_broken', 'checker_broken']);
  expect([ranOf('f'), ranOf('a'), ranOf('canary')]).toEqual([0, 1, 1]);
  expect(state.said).toEqual(['checker_broken']);
});

it('names the error that the checker broke with, and when it may be tried again', async () => {
  const { state, breaker } = await makeOpen();
  state.now += 2 * MINUTE;
  const refused = breaker.check({ path: '/f', slug: 'f' }, new AbortController().signal);
  const error: unknown = await refused.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CheckerBroken);
  expect(error).toMatchObject({ code: 'checker_broken', kind: 'host', http: 503, retryMs: 3 * MINUTE });
  expect(String(error)).toContain('checker_crashed: It broke on e.');
});

it('when the canary has a result, then the five repositories are the cause, and counting starts again', async () => {
  const { state, checkAll, ranOf } = make();
  state.behaviour = 'checker_crashed';
  state.by = { canary: 'works', good: 'works' };
  expect(await checkAll(...FIVE, 'good')).toEqual([...CRASHES, 'works']);
  expect(await checkAll('f', 'g', 'h', 'i')).toEqual(CRASHES.slice(1));
  expect(ranOf('canary')).toBe(1);
  expect(await checkAll('j')).toEqual(['checker_crashed']);
  expect(ranOf('canary')).toBe(2);
  expect(state.said).toEqual([]);
});

it.each([
  ['one repository, again and again', ['a', 'b', 'c', 'd', 'd', 'a', 'b', 'c'], {}],
  [
    'repositories with a result in between',
    ['a', 'b', 'c', 'd', 'good', 'e', 'f', 'g', 'h'],
    { good: 'works' },
  ],
  [
    'repositories with another error in between',
    ['a', 'b', 'c', 'd', 'slow', 'e', 'f', 'g', 'h'],
    { slow: 'checker_timed_out' },
  ],
] as const)('asks no canary for %s', async (_, slugs, by) => {
  const { state, checkAll, ranOf } = make();
  Object.assign(state, { behaviour: 'checker_crashed', by });
  await checkAll(...slugs);
  expect(ranOf('canary')).toBe(0);
});

it('when the checker changes, then counting starts again', async () => {
  const { state, checkAll, ranOf } = make();
  state.behaviour = 'checker_crashed';
  await checkAll('a', 'b', 'c', 'd');
  state.version = 'v2';
  await checkAll('e', 'f', 'g', 'h');
  expect(ranOf('canary')).toBe(0);
});

it('counts neither what was aborted nor what the host is to blame for', async () => {
  const { state, check, checkAll, ranOf } = make();
  state.behaviour = 'host_exhausted';
  expect(await checkAll(...FIVE, 'f')).toEqual([...FIVE, 'f'].map(() => 'host_exhausted'));
  state.behaviour = 'checker_crashed';
  for (const slug of FIVE) await check(slug, AbortSignal.abort());
  expect(ranOf('canary')).toBe(0);
});

it('runs the checker again as soon as that is another one', async () => {
  const { state, checkAll } = await makeOpen();
  state.version = 'v2';
  state.behaviour = 'works';
  expect(await checkAll('f', 'a')).toEqual(['works', 'works']);
  expect(state.said).toEqual(['checker_broken', 'recovered']);
});

it('lets one check through after five minutes, and all once that has worked', async () => {
  const { state, check, checkAll } = await makeOpen();
  state.now += 5 * MINUTE - 1;
  expect(await check('f')).toBe('checker_broken');
  state.now += 1;
  state.behaviour = 'works';
  const { gate, open } = makeGate();
  state.gates = { f: gate };
  const trial = check('f');
  expect(await check('g'), 'while the trial runs').toBe('checker_broken');
  open();
  expect(await trial).toBe('works');
  expect(await checkAll('g', 'h')).toEqual(['works', 'works']);
  expect(state.said).toEqual(['checker_broken', 'recovered']);
});

it('when the trial breaks, then no check runs for another five minutes, and no repository has a failure', async () => {
  const { state, check, ranOf } = await makeOpen();
  state.now += 5 * MINUTE;
  expect(await check('f')).toBe('checker_broken');
  state.now += 5 * MINUTE - 1;
  expect(await check('f')).toBe('checker_broken');
  expect([ranOf('f'), ranOf('canary')]).toEqual([1, 2]);
  expect(state.said, 'it is one problem').toEqual(['checker_broken']);
});

it('lets no repository that breaks any checker keep it shut: the canary decides', async () => {
  const { state, checkAll } = await makeOpen();
  state.now += 5 * MINUTE;
  Object.assign(state, { behaviour: 'works', by: { a: 'checker_crashed' } });
  expect(await checkAll('a', 'f')).toEqual(['checker_crashed', 'works']);
  expect(state.said).toEqual(['checker_broken', 'recovered']);
});

it('tries again where the clock was set back meanwhile', async () => {
  const { state, check } = await makeOpen();
  state.now -= 60 * MINUTE;
  state.behaviour = 'works';
  expect(await check('f')).toBe('works');
});

it('refuses those as well that were under way when it was found broken, with one canary for all', async () => {
  const { state, check, checkAll, ranOf } = make();
  state.behaviour = 'checker_crashed';
  const [slow, canary] = [makeGate(), makeGate()];
  state.gates = { late: slow.gate, canary: canary.gate };
  const late = check('late');
  await checkAll('a', 'b', 'c', 'd');
  const during = [check('e'), check('f'), check('g')];
  canary.open();
  expect(await Promise.all(during)).toEqual(['checker_crashed', 'checker_broken', 'checker_broken']);
  slow.open();
  expect(await late).toBe('checker_broken');
  expect(ranOf('canary')).toBe(1);
});

it('does not shut where a result came while the canary was asked', async () => {
  const { state, check, checkAll } = make();
  Object.assign(state, { behaviour: 'checker_crashed', by: { good: 'works' } });
  const { gate, open } = makeGate();
  state.gates = { canary: gate };
  await checkAll('a', 'b', 'c', 'd');
  const fifth = check('e');
  expect(await check('good')).toBe('works');
  open();
  expect(await fifth).toBe('checker_crashed');
  expect(await checkAll('good')).toEqual(['works']);
});

it.each([
  ['the worker stops', (made: ReturnType<typeof make>) => made.stop.abort()],
  [
    'the host has a problem',
    ({ state }: ReturnType<typeof make>) => Object.assign(state.by, { canary: 'host_exhausted' }),
  ],
])('does not shut where %s while the canary is asked', async (_, happen) => {
  const made = make();
  made.state.behaviour = 'checker_crashed';
  happen(made);
  expect(await made.checkAll(...FIVE)).toEqual(CRASHES);
  expect(made.state.said).toEqual([]);
});

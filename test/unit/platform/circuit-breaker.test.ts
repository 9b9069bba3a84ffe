import { expect, it } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import { CircuitBreaker } from '../../../src/platform/circuit-breaker.js';

const away = () => Promise.reject(new DoiError('database_unavailable', 'away', 'wait'));
const there = () => Promise.resolve('there');

function make() {
  const clock = { now: 0, calls: 0 };
  const breaker = new CircuitBreaker({ now: () => clock.now });
  const run = (work: () => Promise<string>) =>
    breaker.run(() => {
      clock.calls += 1;
      return work();
    });
  return { clock, run };
}

it('refuses at once for a moment after a host problem, with the same error', async () => {
  const { clock, run } = make();
  await expect(run(away)).rejects.toMatchObject({ code: 'database_unavailable' });
  clock.now = 249;
  await expect(run(there)).rejects.toMatchObject({ code: 'database_unavailable' });
  expect(clock.calls).toBe(1);
});

it('lets one call try after that moment, and all calls when that one succeeded', async () => {
  const { clock, run } = make();
  await expect(run(away)).rejects.toThrow();
  clock.now = 250;
  let answer: (text: string) => void = () => {};
  const trial = run(() => new Promise((resolve) => (answer = resolve)));
  await expect(run(there)).rejects.toThrow('away');
  answer('back');
  expect(await trial).toBe('back');
  expect(await run(there)).toBe('there');
});

it('stays open when that try fails too', async () => {
  const { clock, run } = make();
  await expect(run(away)).rejects.toThrow();
  clock.now = 250;
  await expect(run(away)).rejects.toThrow();
  clock.now = 499;
  await expect(run(there)).rejects.toThrow('away');
  expect(clock.calls).toBe(2);
});

it('does not open for an error of the caller', async () => {
  const { run } = make();
  const wrong = () => Promise.reject(new DoiError('unknown_repository', 'unknown', 'check'));
  await expect(run(wrong)).rejects.toThrow('unknown');
  expect(await run(there)).toBe('there');
});

it('abandons calls under way when another call meets a host problem', async () => {
  const { run } = make();
  const hanging = run(() => new Promise(() => {}));
  await expect(run(away)).rejects.toThrow('away');
  await expect(hanging).rejects.toMatchObject({ code: 'database_unavailable' });
});

it('does not wait longer than the limit, and refuses no other call for that', async () => {
  const breaker = new CircuitBreaker({ limitMs: 20 });
  const late = breaker.run(() => new Promise(() => {}));
  const other = breaker.run(there);
  await expect(late).rejects.toMatchObject({
    code: 'database_unavailable',
    message: expect.stringContaining('within 0.02 s'),
  });
  expect([await other, await breaker.run(there)]).toEqual(['there', 'there']);
});

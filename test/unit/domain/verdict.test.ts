import { describe, expect, it } from 'vitest';
import type { InputValues, ValueKey } from '../../../src/domain/input.js';
import { defineCriterion } from '../../../src/domain/verdict.js';

const VALUES: Partial<InputValues> = { goal: { active: 1 }, tpsc: { snapshots: 2 } };

describe('a criterion', () => {
  it('gets only the inputs that it declares, and cannot change them', () => {
    let given: Partial<Record<ValueKey, unknown>> = {};
    const criterion = defineCriterion({
      id: 'C10',
      label: 'Goal active',
      tier: 'full',
      inputs: ['goal'],
      judge: (values) => {
        given = values;
        return { status: 'pass', detail: 'It is.' };
      },
    });
    criterion.judgeDeclared(VALUES);
    expect(given).toEqual({ goal: { active: 1 } });
    expect(Object.isFrozen(given)).toBe(true);
    expect(given.tpsc).toBeUndefined();
  });

  it('throws if one of its inputs is missing, instead of returning a verdict', () => {
    const criterion = defineCriterion({
      id: 'C9',
      label: 'Services declared',
      tier: 'standard',
      inputs: ['tpsc', 'tpsc.yaml'],
      judge: () => ({ status: 'pass', detail: 'It is.' }),
    });
    expect(() => criterion.judgeDeclared(VALUES)).toThrow(
      new TypeError('C9 needs the input tpsc.yaml, which was not loaded.'),
    );
    // What every object has is no input either.
    expect(() => criterion.judgeDeclared(Object.create({ 'tpsc.yaml': 1, tpsc: 1 }))).toThrow(TypeError);
  });

  it.each([
    [{ status: 'pass', detail: 'It is.' }, null],
    [{ status: 'warn', detail: 'Nearly.', remedy: 'Do more.' }, 'Do more.'],
    [{ status: 'skip', detail: 'Unseen.', remedy: 'Show it.' }, 'Show it.'],
  ] as const)('makes a verdict of %j', (judgement, remedy) => {
    const criterion = defineCriterion({
      id: 'C10',
      label: 'Goal active',
      tier: 'full',
      inputs: ['goal'],
      judge: () => judgement,
    });
    const { status, detail } = judgement;
    const about = { id: 'C10', label: 'Goal active', tier: 'full' };
    expect(criterion.judgeDeclared(VALUES)).toEqual({ ...about, status, detail, remedy });
  });
});

import { describe, expect, it } from 'vitest';
import { c10GoalActive } from '../../../src/criteria/c10-goal-active.js';
import { judge } from './values.js';

describe('C10 Goal active', () => {
  it.each([
    [1, '1 goal is active.'],
    [3, '3 goals are active.'],
  ])('passes with %i', (active, detail) => {
    expect(judge(c10GoalActive, { goal: { active } })).toMatchObject({ status: 'pass', detail });
  });

  it('fails with none', () => {
    const verdict = judge(c10GoalActive, { goal: { active: 0 } });
    expect(verdict.status).toBe('fail');
    expect(verdict.remedy).toContain('doi record goal acme-widget --title');
  });
});

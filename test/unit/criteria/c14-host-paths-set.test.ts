import { describe, expect, it } from 'vitest';
import { c14HostPathsSet } from '../../../src/criteria/c14-host-paths-set.js';
import { judge, repo } from './values.js';

describe('C14 Host paths set', () => {
  it('passes with one host, and names it', () => {
    expect(judge(c14HostPathsSet)).toMatchObject({ status: 'pass', detail: 'A path is set for alpha.' });
  });

  it('names three hosts and counts the rest', () => {
    const verdict = judge(c14HostPathsSet, repo({ hostPaths: { e: '/', d: '/', c: '/', b: '/', a: '/' } }));
    expect(verdict.detail).toBe('A path is set for a, b, c and 2 more.');
  });

  it('fails with none, also where a local path is set', () => {
    const verdict = judge(c14HostPathsSet, repo({ hostPaths: {}, localPath: '/srv/acme' }));
    expect(verdict.status).toBe('fail');
    expect(verdict.remedy).toContain('doi move acme-widget PATH');
  });
});

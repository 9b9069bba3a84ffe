import { expect, it } from 'vitest';
import type { HostAnswer } from '../../../src/api/hosts.js';
import { formatHosts } from '../../../src/cli/format-hosts.js';
import { plain } from '../../../src/cli/terminal.js';

const PROBLEM = {
  ...{ code: 'checker_broken', message: 'It \u001b[31mbroke.', remedy: 'Repair it.' },
  since: '2026-03-20T09:00:00.000Z',
};

function host(given: Partial<HostAnswer>): HostAnswer {
  return {
    ...{
      host: 'alpha',
      heartbeat: '2026-03-20T09:00:00.000Z',
      version: '1.0.0',
      capacity: 4,
      isolation: 'none',
      criteria: '0123456789abcdef',
      built_at: '2026-03-19T09:00:00.000Z',
      machine: 'alpha.local',
    },
    ...{ repositories: 2, silent: false, trouble: null },
    ...given,
  };
}

it('says nothing of a host without a problem, nor of a silent host that no repository waits for', () => {
  expect(formatHosts([host({}), host({ silent: true, repositories: 0 })], plain)).toBe('');
});

it('shows of a host problem what it is, since when, and what to do, without its escape sequences', () => {
  expect(formatHosts([host({ trouble: PROBLEM })], plain)).toBe(
    'Problem on alpha (since 2026-03-20T09:00:00.000Z, checker_broken): It [31mbroke.\n  → Repair it.\n',
  );
});

it('shows of a silent host its last heartbeat, and how many repositories wait for it', () => {
  expect(formatHosts([host({ silent: true })], plain)).toBe(
    'The host alpha is silent (no heartbeat since 2026-03-20T09:00:00.000Z), and 2 repositories are judged there. ' +
      'Does a worker run on it? If it is gone for good: "doi host forget".\n',
  );
  expect(formatHosts([host({ silent: true, heartbeat: null, repositories: 1 })], plain)).toContain(
    'is silent (no heartbeat yet), and 1 repository is judged there.',
  );
});

/** Input values that meet every criterion, of which a test changes one at a time. */

import { SCOPE_HEADINGS } from '../../../src/criteria/parse/scope.js';
import type { InputValues, RepoColumns } from '../../../src/domain/input.js';
import type { AnyCriterion, Verdict } from '../../../src/domain/verdict.js';

export const CAPABILITY = `\`\`\`capability
type: api
title: Widget service
description: Makes widgets.
keywords: [widget]
\`\`\``;

export const SCOPE = `# Scope\n\n${SCOPE_HEADINGS.map((heading) => `## ${heading}\n\nText.\n`).join('\n')}\n${CAPABILITY}\n`;

const REPO: RepoColumns = {
  slug: 'acme-widget',
  name: 'Acme Widget',
  domainId: '6f1e0d5a-0000-4000-8000-000000000001',
  localPath: null,
  remoteUrl: 'git@github.com:acme/widget.git',
  hostPaths: { alpha: '/srv/acme/widget' },
  lastSbomAt: '2026-03-20T10:42:07.123456Z',
};

const PASSING: InputValues = {
  repo: REPO,
  tpsc: { snapshots: 1 },
  goal: { active: 1 },
  'SCOPE.md': { state: 'present', text: SCOPE },
  'CLAUDE.md': { state: 'present', text: 'Use the Kaizen template.' },
  'tpsc.yaml': { state: 'present', text: 'services: []\n' },
  domain: { slug: 'acme', status: 'active' },
  checkout: { state: 'present', host: 'alpha', path: '/srv/acme/widget' },
  '.claude/CLAUDE.md': { state: 'absent' },
  '.claude/rules': { state: 'absent' },
  findings: { state: 'checked', findings: [] },
};

/** The values of all inputs, with some changed. */
export function inputs(changes: Partial<InputValues> = {}): InputValues {
  return { ...PASSING, ...changes };
}

/** The repository's row, with some columns changed. */
export function repo(changes: Partial<RepoColumns>): Partial<InputValues> {
  return { repo: { ...REPO, ...changes } };
}

export function judge(criterion: AnyCriterion, changes: Partial<InputValues> = {}): Verdict {
  return criterion.judgeDeclared(inputs(changes));
}

/** A file that is there, with this text. */
export function text(content: string): { state: 'present'; text: string } {
  return { state: 'present', text: content };
}

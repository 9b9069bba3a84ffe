/** Answers of a check, for the tests of all formats: one to read, and any hostile one. */
import fc from 'fast-check';
import { type CheckAnswer, type Requirement, toCheckAnswer } from '../../../../src/check/check-answer.js';
import type { Locations } from '../../../../src/check/locate-criteria.js';
import type { Finding } from '../../../../src/domain/input.js';
import {
  CRITERION_IDS,
  CRITERION_TIERS,
  type CriterionId,
  type Status,
  type Verdict,
} from '../../../../src/domain/verdict.js';

const LOCATIONS = Object.fromEntries(CRITERION_IDS.map((id) => [id, null])) as Locations;

const VERDICTS: readonly Verdict[] = [
  verdict('C1', 'core', [
    'Registered',
    'skip',
    'Not judged: no registry here; give --slug SLUG.',
    'Register it.',
  ]),
  verdict('C4', 'core', ['Remote set', 'pass', 'The remote is git@forge.example:acme/widget.git.']),
  verdict('C5', 'standard', [
    'SCOPE.md',
    'warn',
    'SCOPE.md lacks the sections Terminology.',
    'Add each section.',
  ]),
  verdict('C7', 'standard', [
    'Workplans valid',
    'fail',
    'The consistency check found 1 FAIL.',
    'Correct it.',
  ]),
  verdict('C9', 'standard', [
    'Services declared',
    'fail',
    'tpsc.yaml is not valid at line 3.',
    'Correct it.',
  ]),
];

const FINDINGS: readonly Finding[] = [
  {
    check: 'C-02',
    severity: 'FAIL',
    file: 'workplans/a b.md',
    line: 7,
    message: 'The key `status` is missing.',
  },
  { check: 'C-09', severity: 'WARN', file: '/etc/passwd', message: 'It has no owner.' },
  { check: 'C-12', severity: 'INFO', message: 'There are 3 workplans.' },
];

function verdict(
  id: CriterionId,
  tier: Verdict['tier'],
  [label, status, detail, remedy]: readonly [string, Status, string, string?],
): Verdict {
  return { id, label, tier, status, detail, remedy: remedy ?? null };
}

/** An answer with a verdict of each status, findings with and without a file, and a tier that was required. */
export function sample(required: Requirement = { tier: 'standard' }): CheckAnswer {
  const locations = {
    ...LOCATIONS,
    C5: { file: 'SCOPE.md', line: 12 },
    C7: { file: 'workplans/a b.md', line: 7 },
    C9: { file: 'tpsc.yaml', line: 3 },
  };
  const judged = { path: '/code/my widget', slug: 'widget', verdicts: VERDICTS, notJudged: ['C1'] as const };
  const answer = toCheckAnswer({ ...judged, findings: FINDINGS, locations }, required);
  // As all fourteen would have it: but for C1, core is met.
  return { ...answer, tier_of_judged: 'core' };
}

const PIECES = [
  ...[
    '\n',
    '\r',
    '\r\n',
    '\u2028',
    '\t',
    ' ',
    '\u0000',
    '\u001b[31m',
    '\u009b2J',
    '\u202e',
    '\ud800',
    '\ufffe',
  ],
  ...[
    '::error::',
    '\n::add-mask::a',
    '%0A',
    '%0D%0A::error::',
    '%25',
    '%3A',
    ',line=1',
    '##[add-mask]a',
    '##vso[task.complete]',
    ':',
    ',',
  ],
  ...['<script>', '<img src=x>', '</failure>', ']]>', '<![CDATA[', '<!--', '&lt;', '&#60;', '&', '"', "'"],
  ...[
    '[a](http://evil.example)',
    '![a](b)',
    '](',
    '[',
    ']',
    '|',
    '\\|',
    '\\',
    '`',
    '``',
    '```\n',
    '*',
    '**',
    '_',
  ],
  ...[
    '@octocat',
    '#1',
    'acme/widget#1',
    'https://evil.example/',
    '//evil.example/x',
    'a1b2c3d4e5f6',
    '{0}',
    'www.evil.example',
    'a@evil.example',
    '~~',
    '$x$',
    '!1',
    '~2',
    '$3',
    '&4',
    '^5',
    '%6',
    'GH-3',
  ],
  ...[
    '../',
    '/etc/passwd',
    'C:\\x',
    '.',
    '..',
    'file:',
    '?',
    '%',
    '%2e%2e/',
    '# ',
    '- ',
    '> ',
    '---\n',
    '^[',
    'ä',
    '😀',
  ],
];

/** Texts made of what means something to one of the formats, and any other. */
export const hostile: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.constantFrom('a', ...PIECES), { maxLength: 8 }).map((all) => all.join('')),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);

const finding: fc.Arbitrary<Finding> = fc.record({
  check: hostile,
  severity: fc.constantFrom('FAIL', 'WARN', 'INFO'),
  file: fc.option(hostile, { nil: undefined }),
  line: fc.option(fc.integer({ min: 1, max: 1_000_000 }), { nil: undefined }),
  message: hostile,
});

const verdicts: fc.Arbitrary<Verdict[]> = fc.tuple(
  ...CRITERION_IDS.map((id) =>
    fc.record({
      id: fc.constant(id),
      label: hostile,
      tier: fc.constantFrom(...CRITERION_TIERS),
      status: fc.constantFrom<Status>('pass', 'warn', 'fail', 'skip'),
      detail: hostile,
      remedy: fc.option(hostile),
    }),
  ),
);

/** Any answer whose texts are hostile. */
export const hostileAnswer: fc.Arbitrary<CheckAnswer> = fc
  .record({
    path: hostile.map((text) => `/${text}`),
    slug: hostile,
    verdicts,
    notJudged: fc.subarray([...CRITERION_IDS]),
    findings: fc.array(finding, { maxLength: 4 }),
    file: fc.option(hostile),
    tier: fc.constantFrom(...CRITERION_TIERS),
    allowUnknown: fc.boolean(),
  })
  .map(({ file, tier, allowUnknown, ...judged }) => {
    const locations = { ...LOCATIONS, C5: file === null ? null : { file, line: null } };
    return toCheckAnswer({ ...judged, locations }, { tier, allowUnknown });
  });

/** What no format may hold, since a terminal acts on it or it misleads a reader. */
export const UNSAFE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|##(?:\[|vso\[)/i;

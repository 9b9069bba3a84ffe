import { rm, symlink } from 'node:fs/promises';
import type { World } from '../../helpers/world.js';
import { type Case, proveCriteria } from './prove.js';
import { addSnapshots, setSbomTime } from './rows.js';
import { fence, PLAN, plan, SERVICES, scope } from './texts.js';

/** Without a checkout, criteria that read its files are skipped, which proves nothing. */
const skipped = (what: string): Case => ({
  prepare: (world: World, slug: string) => rm(world.path(slug), { recursive: true }),
  status: 'skip',
  detail: `${what} was not judged: the home host has no checkout.`,
  remedy: 'C3 says how',
});
const latin1 = Buffer.from('caf\xe9\n', 'latin1');

proveCriteria('standard', {
  C5: {
    label: 'SCOPE.md',
    tier: 'standard',
    outcomes: ['pass', 'warn', 'fail', 'skip'],
    cases: {
      'passes with all eleven sections': {
        files: { 'SCOPE.md': scope() },
        status: 'pass',
        detail: 'SCOPE.md has all 11 sections.',
      },
      'passes with a byte order mark and line ends of Windows': {
        files: { 'SCOPE.md': `\ufeff${scope().replaceAll('\n', '\r\n')}` },
        status: 'pass',
        detail: 'all 11 sections',
      },
      'warns of each section that is missing': {
        files: { 'SCOPE.md': scope({ without: ['In Scope', 'Terminology'] }) },
        status: 'warn',
        detail: 'SCOPE.md lacks the sections In Scope, Terminology.',
        remedy: 'level-2 heading',
      },
      'warns of a capability block that cannot be read, and of its line': {
        files: { 'SCOPE.md': `${fence('capability', 'type: [')}${scope()}` },
        status: 'warn',
        detail: /1 capability block that cannot be read \(line \d+: /,
        remedy: 'Correct the YAML',
      },
      'warns of sections and of blocks in one sentence': {
        files: { 'SCOPE.md': `# Scope\n${fence('capability', 'type: magic')}` },
        status: 'warn',
        detail: /lacks the sections One-liner, .*, and has 1 capability block .*`type` is none of/,
      },
      'warns of an empty file': { files: { 'SCOPE.md': '' }, status: 'warn', detail: 'lacks the sections' },
      'fails without the file': {
        status: 'fail',
        detail: 'There is no SCOPE.md at the root.',
        remedy: /Add SCOPE\.md .*Provided Capabilities/,
      },
      'fails for a file of another case': {
        files: { 'scope.md': scope() },
        status: 'fail',
        detail: 'There is no SCOPE.md at the root, but scope.md.',
        remedy: 'Rename it: `mv scope.md SCOPE.md`.',
      },
      'fails for a file that is not UTF-8': {
        files: { 'SCOPE.md': latin1 },
        status: 'fail',
        detail: 'SCOPE.md is not UTF-8 text.',
        remedy: 'UTF-8',
      },
      'fails for a file over 256 KiB': {
        files: { 'SCOPE.md': 'x'.repeat(256 * 1024 + 1) },
        status: 'fail',
        detail: 'SCOPE.md is larger than 256 KiB.',
      },
      'skips without a checkout': skipped('SCOPE.md'),
    },
  },
  C6: {
    label: 'CLAUDE.md',
    tier: 'standard',
    outcomes: ['pass', 'fail', 'skip'],
    cases: {
      'passes where the file is there, even empty': {
        files: { 'CLAUDE.md': '' },
        status: 'pass',
        detail: 'CLAUDE.md is at the root.',
      },
      'fails without the file': {
        files: { 'docs/CLAUDE.md': 'elsewhere' },
        status: 'fail',
        detail: 'There is no CLAUDE.md at the root or in .claude.',
        remedy: 'Add CLAUDE.md',
      },
      'passes where it is in .claude': {
        files: { '.claude/CLAUDE.md': '' },
        status: 'pass',
        detail: 'CLAUDE.md is in .claude.',
      },
      'fails with AGENTS.md alone, and asks for a link': {
        files: { 'AGENTS.md': 'kaizen' },
        status: 'fail',
        detail: 'There is no CLAUDE.md at the root or in .claude, but AGENTS.md.',
        remedy: '`ln -s AGENTS.md CLAUDE.md`',
      },
      'fails for a folder of that name': {
        files: { 'CLAUDE.md/x': '' },
        status: 'fail',
        detail: 'CLAUDE.md is a folder, not a file.',
      },
      'skips without a checkout': skipped('CLAUDE.md'),
    },
  },
  C7: {
    label: 'Workplans valid',
    tier: 'standard',
    outcomes: ['pass', 'fail', 'skip'],
    cases: {
      'passes where the check finds nothing': {
        files: { [PLAN]: plan() },
        status: 'pass',
        detail: 'The consistency check found no FAIL (no findings).',
      },
      'passes where the check finds only what is a WARN, and counts those': {
        files: { [PLAN]: plan({ state_hub_workstream_id: null }, { state_hub_task_id: null }) },
        status: 'pass',
        detail: 'The consistency check found no FAIL (2 WARN).',
      },
      'passes without workplans, which is a WARN': { status: 'pass', detail: '(1 WARN)' },
      'fails for front matter that does not parse, and names file and line': {
        files: { [PLAN]: '---\nid: [\n---\n' },
        status: 'fail',
        detail:
          /found 1 FAIL: C-02 workplans\/CUST-WP-0024-repo-doi-gate\.md:\d+ the front matter cannot be read/,
        remedy: 'Correct the workplans',
      },
      'fails for front matter that would be code elsewhere, which is not run': {
        files: { [PLAN]: '---js\nprocess.exit(0)\n---\n' },
        status: 'fail',
        detail: 'the front matter cannot be read',
      },
      'fails for an unknown status of a task': {
        files: { [PLAN]: plan({}, { status: 'someday' }) },
        status: 'fail',
        detail: 'has the status “someday”',
      },
      'fails for a workplan in the archive as well': {
        files: { [PLAN]: plan(), 'workplans/archived/260101-CUST-WP-0001-old.md': 'no front matter' },
        status: 'fail',
        detail: 'C-02 workplans/archived/260101-CUST-WP-0001-old.md:1',
      },
      'passes where no file has front matter, which is one WARN however many they are': {
        files: { 'workplans/a.md': '# A', 'workplans/b.md': '# B' },
        status: 'pass',
        detail: '(1 WARN)',
      },
      "passes with the lock file of an editor, a link that leads nowhere, and a system's companion file": {
        files: { [PLAN]: plan(), 'workplans/._CUST-WP-0024-repo-doi-gate.md': Buffer.from([0, 5, 22, 7]) },
        prepare: (world: World, slug: string) =>
          symlink('me@host.1234:1795685171', world.path(slug, 'workplans/.#CUST-WP-0024-repo-doi-gate.md')),
        status: 'pass',
        detail: 'The consistency check found no FAIL (no findings).',
      },
      'fails for a file where the folder should be': {
        files: { workplans: 'no folder' },
        status: 'fail',
        detail: 'workplans is a file, not a folder',
        remedy: 'a folder inside the checkout',
      },
      'skips without a checkout': skipped('workplans/'),
    },
  },
  C8: {
    label: 'SBOM ingested',
    tier: 'standard',
    outcomes: ['pass', 'fail'],
    cases: {
      'passes where a time is set, and says when to the microsecond': {
        prepare: setSbomTime('2026-03-20T10:42:07.123456Z'),
        status: 'pass',
        detail: 'The last SBOM was ingested at 2026-03-20T10:42:07.123456Z.',
      },
      'fails where none was ever ingested': {
        status: 'fail',
        detail: 'No SBOM was ever ingested.',
        remedy: 'doi record sbom c8-',
      },
    },
  },
  C9: {
    label: 'Services declared',
    tier: 'standard',
    outcomes: ['pass', 'fail', 'skip'],
    cases: {
      'passes with a valid file and a snapshot': {
        files: { 'tpsc.yaml': SERVICES },
        prepare: addSnapshots(1),
        status: 'pass',
        detail: 'tpsc.yaml declares 1 service, with 1 snapshot.',
      },
      'passes with an empty list and several snapshots': {
        files: { 'tpsc.yaml': 'services: []\n' },
        prepare: addSnapshots(3),
        status: 'pass',
        detail: 'tpsc.yaml declares no services, with 3 snapshots.',
      },
      'fails with a valid file and no snapshot': {
        files: { 'tpsc.yaml': SERVICES },
        status: 'fail',
        detail: 'tpsc.yaml declares 1 service, but there is no TPSC snapshot.',
        remedy: /^Record a snapshot with `doi record tpsc c9-/,
      },
      'fails with a snapshot and no file': {
        prepare: addSnapshots(1),
        status: 'fail',
        detail: 'There is no tpsc.yaml at the root.',
        remedy: /^(?!.*snapshot)Add tpsc\.yaml/,
      },
      'fails with neither, and names both': {
        status: 'fail',
        detail: 'There is no tpsc.yaml at the root, and there is no TPSC snapshot.',
        remedy: /Add tpsc\.yaml .*, and record a snapshot/,
      },
      'fails for a file that does not parse, whatever snapshots there are, and names the line': {
        files: { 'tpsc.yaml': 'services:\n  - [\n' },
        prepare: addSnapshots(1),
        status: 'fail',
        detail: /^tpsc\.yaml is not valid at line \d+: /,
      },
      'fails for a file of another form': {
        files: { 'tpsc.yaml': 'services:\n  - slug: stripe\n    purpose: Takes money\n    auth: magic\n' },
        prepare: addSnapshots(1),
        status: 'fail',
        detail: 'tpsc.yaml is not valid: service 1 (stripe) has an `auth` that is none of',
      },
      'fails for a file that is not UTF-8': {
        files: { 'tpsc.yaml': latin1 },
        prepare: addSnapshots(1),
        status: 'fail',
        detail: 'tpsc.yaml is not UTF-8 text.',
      },
      'skips without a checkout, whatever snapshots there are': {
        ...skipped('tpsc.yaml'),
        prepare: async (world, slug) => {
          await addSnapshots(1)(world, slug);
          await rm(world.path(slug), { recursive: true });
        },
      },
    },
  },
});

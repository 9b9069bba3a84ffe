/** The steps of the property for bare repositories: what people push, what git and other programs do, and what breaks. */
import { chmodSync, existsSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { addPushes } from '../../../../src/store/pushes.js';
import type { Fault as ServerFault } from '../../../helpers/git-server.js';
import { link, type Node } from '../../../integration/git/objects/repositories.js';
import { realTime } from '../clock.js';
import { choose, FILES, textsOf } from '../texts.js';
import type { Commit, Files } from './origin.js';
import { POINTS, type Subject } from './subject.js';
import type { BareWorld } from './world.js';

export interface Step {
  readonly kind: StepKind;
  readonly subject: number;
  readonly a: number;
  readonly b: number;
  /** Whether the subject is evaluated after it, and by whom. */
  readonly evaluate: 'person' | 'watch' | 'forced' | 'not';
}

interface At {
  readonly world: BareWorld;
  readonly subject: Subject;
  readonly a: number;
  readonly b: number;
}

const BRANCHES = ['main', 'trunk', 'release'];
const SUBMODULE: Node = { mode: '160000', id: 'a'.repeat(40) };
/** What may stand in the place of an input besides its texts. */
const STRANGE: readonly Node[] = [
  ...[link('AGENTS.md'), link('workplans'), link('/etc/passwd'), link('../x'), SUBMODULE],
  ...['version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n', Buffer.from([0xff, 0xfe])],
];
const PLACES = [...FILES, 'workplans', '.claude/rules', '.claude', 'workplans/archived'];

/** Puts something else in the place of an input. */
function edit(files: Files, a: number, b: number): Files {
  const now = new Map(files);
  const isStrange = b % 4 === 0;
  const path = choose(isStrange ? PLACES : FILES, a);
  if (b % 4 === 1 && now.has(path)) now.delete(path);
  else now.set(path, isStrange ? choose(STRANGE, b >> 2) : choose(textsOf(path), b >> 2));
  // What is strange and above an input hides it, so it goes soon.
  if (!isStrange && b % 8 >= 2) for (const one of PLACES) if (path.startsWith(`${one}/`)) now.delete(one);
  return now;
}

const filesOf = ({ origin }: Subject): Files => origin.tip.commit?.files ?? new Map();
const earlier = ({ origin }: Subject, a: number): Commit => choose(origin.pushable, a);

const PUSHES = {
  'a commit that touches an input': ({ subject, a, b }) =>
    subject.origin.commit(edit(filesOf(subject), a, b), { merges: b % 5 === 0 }),
  'a commit that touches none': ({ subject, a }) =>
    subject.origin.commit(new Map(filesOf(subject)).set('main.c', `${a}`), { merges: a % 5 === 0 }),
  'a push by force': ({ subject, a }) =>
    subject.origin.moveTo(subject.origin.tip.branch, earlier(subject, a)),
  'HEAD names another branch': async ({ subject, a }) => {
    const { origin } = subject;
    const branch = choose(BRANCHES, a);
    if (a % 4 !== 0 && !origin.branches.has(branch)) await origin.moveTo(branch, earlier(subject, a));
    await origin.pointHead(branch);
  },
  'the branch is removed': async ({ subject: { origin }, b }) => {
    const { branch, commit } = origin.tip;
    if (commit !== undefined && (b % 3 === 0 || origin.branches.size > 1)) await origin.removeBranch(branch);
  },
  'the branch is made again': async ({ subject, a }) => {
    const { origin } = subject;
    if (origin.tip.commit === undefined) await origin.moveTo(origin.tip.branch, earlier(subject, a));
  },
  'a commit to another branch': ({ subject, a, b }) =>
    subject.origin.commit(edit(filesOf(subject), a, b), { branch: choose(BRANCHES, a) }),
} as const satisfies Record<string, (at: At) => Promise<unknown>>;

type PushKind = keyof typeof PUSHES;
const PUSH_KINDS = Object.keys(PUSHES) as PushKind[];

const SERVER_FAULTS: readonly ((after: number) => ServerFault)[] = [
  (after) => ({ hangs: true, after }),
  (after) => ({ breaks: true, after }),
  (after) => ({ floods: true, after }),
  () => ({ status: 500 }),
  () => ({ status: 404 }),
  () => ({ status: 401 }),
];
const HANG_MS = 150;

/** What happens only to mirrors, or between one and its remote. */
const CONTACTS = {
  'a push is stored': async ({ world, subject, a }) => {
    const { branch, commit } = subject.origin.tip;
    const head = a % 4 === 0 ? 'b'.repeat(40) : (commit?.id ?? 'c'.repeat(40));
    const push = { repoIds: [subject.repoId], branch, head, reason: 'pushed' };
    await addPushes(world.sql, [push]);
    subject.pushes.push(await realTime(world.sql));
  },
  'a contact': ({ world, subject }) => contact(world, subject),
  'a contact that is cut': async ({ world, subject, a, b }) => {
    const killer = ['timeout', '-s', 'KILL', String((1 + (a % 40)) / 1000)];
    const isFetch = b % 2 === 0;
    if (subject.kind === 'http') {
      const fault = choose(SERVER_FAULTS, a)(choose([0, 1, 30, 200, 300, 500], b));
      const isFetchOf = (method: string) => method === 'POST';
      world.server.fault = ({ method }) => (isFetch && !isFetchOf(method) ? undefined : fault);
      world.gitFault = (options) => ({ ...options, timeoutMs: HANG_MS });
    } else {
      world.gitFault = (options) =>
        options.argv.includes('fetch') === isFetch
          ? { ...options, argv: [...killer, ...options.argv] }
          : options;
    }
    await contact(world, subject);
    world.gitFault = undefined;
    world.server.fault = () => undefined;
  },
  'the mirror is removed': async ({ subject: { kind, place } }) => {
    if (kind !== 'bare') rmSync(place, { recursive: true, force: true });
  },
  'a pack of the mirror is cut': async ({ subject: { kind, place }, a }) => {
    const folder = join(place, 'objects/pack');
    if (kind === 'bare' || !existsSync(folder)) return;
    const files = readdirSync(folder).filter((name) => /\.(?:pack|idx)$/.test(name));
    if (files.length === 0) return;
    const file = join(folder, choose(files, a));
    chmodSync(file, 0o600);
    truncateSync(file, Math.floor(statSync(file).size / 2));
  },
  'the times of the contact are saved': async ({ world, subject }) => {
    const [row] = await world.sql<Subject['saved'][]>`
      select contacted_at::text, contact_head from doi_source where repo_id = ${subject.repoId}`;
    if (row !== undefined) subject.saved = row;
  },
  'the times of the contact are restored': async ({ world, subject: { repoId, saved } }) => {
    if (saved === undefined) return;
    await world.sql`update doi_source set contacted_at = ${saved.contacted_at}::text::timestamptz,
      contact_head = ${saved.contact_head} where repo_id = ${repoId}`;
  },
} as const satisfies Record<string, (at: At) => Promise<unknown>>;

const OTHERS = {
  'git packs it': async ({ subject: { origin }, a }) => {
    origin.maintain(
      ...choose(
        [
          ['repack', '-q', '-a', '-d'],
          ['pack-refs', '--all'],
          ['gc', '-q', '--prune=now'],
        ],
        a,
      ),
    );
  },
  'an object is removed': async ({ subject: { origin }, a }) => origin.damage(choose(['tree', 'id'], a)),
  'another branch is named': async ({ world, subject, a }) => {
    const { origin, repoId } = subject;
    const named = a % 2 === 0 ? null : choose(BRANCHES, a >> 1);
    await origin.change(async () => {
      origin.named = named;
      await world.sql`update doi_source set branch = ${named} where repo_id = ${repoId}`;
    });
  },
  'the home host makes a pass': ({ world }) => world.pass(),
  'a push in the middle of an evaluation': async (at) => {
    const { world, subject, a, b } = at;
    world.arm(choose(POINTS, b), async () => {
      await PUSHES[choose(PUSH_KINDS, a)](at);
      if (a % 3 === 0) await CONTACTS['a push is stored'](at);
    });
    await world.evaluate(subject, { forced: a % 2 === 0 });
    // Where the evaluation did not come to that point it is simply a push after it.
    await world.disarm();
  },
} as const satisfies Record<string, (at: At) => Promise<unknown>>;

const KINDS: Readonly<Record<string, (at: At) => Promise<unknown>>> = { ...PUSHES, ...CONTACTS, ...OTHERS };
export type StepKind = PushKind | keyof typeof CONTACTS | keyof typeof OTHERS;
export const STEP_KINDS = Object.keys(KINDS) as StepKind[];

const WEIGHTS: Readonly<Partial<Record<StepKind, number>>> = {
  'a commit that touches an input': 12,
  'a commit that touches none': 4,
  'a push by force': 5,
  'a push in the middle of an evaluation': 4,
  'the branch is made again': 4,
  'the home host makes a pass': 4,
  'the mirror is removed': 1,
  'a pack of the mirror is cut': 1,
};
/** For a mirror, each step starts git several times, so most others are made on what is no mirror. */
const MIRROR_EVERY = 7;

/** The subject of a step. */
export function pickSubject({ subjects }: BareWorld, { kind, subject }: Step): Subject {
  const isMirrors = kind in CONTACTS || subject % MIRROR_EVERY === 0;
  const suitable = subjects.filter((one) => (one.kind !== 'bare') === isMirrors);
  return choose(suitable, Math.floor(subject / MIRROR_EVERY));
}

/** The steps of a seed, always the same; fewer are the first ones of more. */
export function drawSteps(seed: number, count: number): Step[] {
  const kinds = STEP_KINDS.map((kind) => ({ weight: WEIGHTS[kind] ?? 2, arbitrary: fc.constant(kind) }));
  const number = fc.nat({ max: 9_999 });
  const evaluate = fc.oneof(
    ...(
      [
        ['not', 12],
        ['watch', 2],
        ['person', 2],
        ['forced', 1],
      ] as const
    ).map(([one, weight]) => ({ weight, arbitrary: fc.constant(one) })),
  );
  const drawn: fc.Arbitrary<Step> = fc.record({
    ...{ kind: fc.oneof(...kinds), subject: number, a: number, b: number, evaluate },
  });
  // Each later push may write the object again, so without this, few evaluations would lack one.
  const step = drawn.map(
    (one): Step => (one.kind === 'an object is removed' ? { ...one, evaluate: 'forced' } : one),
  );
  return fc.sample(fc.noBias(step), { seed, numRuns: count });
}

/** Makes a step on a subject. */
export async function makeStep(world: BareWorld, subject: Subject, { kind, a, b }: Step): Promise<void> {
  await KINDS[kind]?.({ world, subject, a, b });
}

/** A server that refused is contacted again, as after its time. */
async function contact(world: BareWorld, subject: Subject): Promise<void> {
  await world.sql`delete from doi_server`;
  await world.contact(subject);
}

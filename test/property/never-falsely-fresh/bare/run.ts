/** Runs the property for bare repositories: makes step after step, and after each holds what reads fresh against what was there. */
import type { ReportAnswer } from '../../../../src/api/report.js';
import { PRIORITY } from '../../../../src/domain/request.js';
import type { Outcome } from '../../../../src/worker/handle-job.js';
import { Tally } from '../tally.js';
import { choose } from '../texts.js';
import { differences } from '../violation.js';
import type { Tip } from './origin.js';
import { drawSteps, makeStep, pickSubject, type Step } from './steps.js';
import type { Reader, Subject } from './subject.js';
import { BareWorld, type BareWorldSettings } from './world.js';

export interface BareRunSettings extends BareWorldSettings {
  readonly seed: number;
  readonly steps: number;
  readonly onProgress?: (tally: Tally) => void;
}

/** What does not hold, with the step after which it was seen. */
export class BareViolation extends Error {
  override readonly name = 'BareViolation';
}

/** After so many steps the run reports its progress. */
const PROGRESS = 500;
const FAILURES = /^(?:objects_unreadable|branch_missing|remote_\w+|mount_missing)$/;
/** Times are shown in milliseconds, and kept in microseconds. */
const ROUNDING_MS = 1;

/**
 * Runs the steps of a seed.
 * @throws {BareViolation} at the first step after which something does not hold
 */
export async function runBareProperty(settings: BareRunSettings): Promise<Tally> {
  const world = await BareWorld.open(settings);
  try {
    const run = new Run(world);
    await run.start();
    for (const [index, step] of drawSteps(settings.seed, settings.steps).entries()) {
      await run.make(step, `step ${index + 1} of seed ${settings.seed}: ${JSON.stringify(step)}`);
      if (run.tally.steps % PROGRESS === 0) settings.onProgress?.(run.tally);
    }
    return run.tally;
  } finally {
    await world.close();
  }
}

class Run {
  readonly tally = new Tally();
  readonly #world: BareWorld;
  #step = 'the start';

  constructor(world: BareWorld) {
    this.#world = world;
  }

  async start(): Promise<void> {
    for (const subject of this.#world.subjects) {
      await subject.origin.commit(new Map([['SCOPE.md', '# Scope\n']]));
      await this.#evaluate(subject, 'person');
    }
    await this.#world.pass();
  }

  async make(step: Step, name: string): Promise<void> {
    this.#step = name;
    const subject = pickSubject(this.#world, step);
    const before = subject.origin.tip.commit?.tree;
    await makeStep(this.#world, subject, step);
    this.tally.countStep(step.kind);
    if (subject.origin.tip.commit?.tree !== before) this.tally.countDifference(step.kind);
    await this.#read(subject, 'without git');
    await this.#read(subject, choose(['with git', 'elsewhere'], step.b));
    if (step.evaluate !== 'not') await this.#evaluate(subject, step.evaluate);
  }

  /** Evaluates what is at rest: what could be judged is what a full evaluation says, and what could not is as it was. */
  async #evaluate(subject: Subject, by: Exclude<Step['evaluate'], 'not'>): Promise<void> {
    const before = await this.#world.verdicts(subject);
    const priority = by === 'watch' ? PRIORITY.watch : PRIORITY.person;
    const outcome = await this.#world.evaluate(subject, { forced: by === 'forced', priority });
    this.tally.countEvaluation(outcome);
    const answer = await this.#read(subject, 'with git');
    if (outcome.end === 'failed' || outcome.end === 'put-back')
      await this.#checkFailed(subject, outcome, before, answer);
    if (outcome.end === 'written' || outcome.end === 'fresh')
      await this.#checkWhole(subject, outcome, answer);
    await this.#read(subject, 'elsewhere');
  }

  async #checkFailed(
    subject: Subject,
    outcome: Outcome,
    before: unknown,
    after: ReportAnswer,
  ): Promise<void> {
    const code = 'error' in outcome ? outcome.error.code : JSON.stringify(outcome);
    if (!FAILURES.test(code))
      this.#fail('a fault of the repository is another failure', subject, outcome, after);
    if (JSON.stringify(before) !== JSON.stringify(await this.#world.verdicts(subject)))
      this.#fail('a failure changed verdicts', subject, outcome, after);
  }

  async #checkWhole(subject: Subject, outcome: Outcome, answer: ReportAnswer): Promise<void> {
    const { origin, kind } = subject;
    const head = answer.checkout?.head;
    const tip: Tip = kind === 'bare' ? origin.tip : mirrored(subject, answer);
    if (tip.commit === undefined || tip.commit.id !== head)
      return this.#fail('it was judged at another commit', subject, outcome, answer);
    const found = differences(answer, await this.#world.judge(subject, tip));
    if (found.length > 0)
      this.#fail('an evaluation differs from a full one', subject, { outcome, found }, answer);
    const reasons = answer.stale_reasons.filter(({ input }) => input !== 'remote');
    if (reasons.length > 0) this.#fail('it was judged at rest and reads stale', subject, outcome, answer);
  }

  async #read(subject: Subject, reader: Reader): Promise<ReportAnswer> {
    const { answer, verifiedAt } = await this.#world.read(subject, reader);
    this.tally.countRead(answer.stale);
    if (answer.stale) return answer;
    const { kind, origin, pushes } = subject;
    const contactedAt = answer.checkout?.contacted_at ?? '';
    const seen = { reader, verifiedAt, contactedAt };
    // Where another host reads, the probe may be older than the contact, and then the report is dated with the probe.
    if (kind !== 'bare' && verifiedAt > contactedAt)
      this.#fail('falsely fresh: dated after the contact', subject, seen, answer);
    const at = Date.parse(kind === 'bare' ? verifiedAt : contactedAt);
    const until = kind === 'bare' ? this.#probedUntil(reader, at) : contactAt(subject, at);
    if (until === undefined)
      return this.#fail('falsely fresh: there was no such contact', subject, seen, answer);
    if (kind !== 'bare' && pushes.some((time) => time >= until + ROUNDING_MS))
      this.#fail('falsely fresh: a push was stored since', subject, seen, answer);
    const tips = origin.tipsBetween(at - ROUNDING_MS, until + ROUNDING_MS);
    const { head = null } = answer.checkout ?? {};
    const judged = tips.filter(({ commit }) => commit !== undefined && (head === null || commit.id === head));
    const found = await Promise.all(
      judged.map(async (tip) => differences(answer, await this.#world.judge(subject, tip))),
    );
    if (found.some(({ length }) => length === 0)) return answer;
    const there = tips.map(({ branch, commit }) => `${branch} ${commit?.id}`);
    return this.#fail('falsely fresh', subject, { ...seen, there, found }, answer);
  }

  /** A probe of this process is dated exactly; what another host finds, with when it began. */
  #probedUntil(reader: Reader, at: number): number {
    return reader === 'elsewhere' ? this.#world.endOfWork(at) : at;
  }

  #fail(rule: string, { slug }: Subject, seen: object, answer: ReportAnswer): never {
    const { checkout, stale_reasons: reasons, verified, failure, fingerprint } = answer;
    const report = { checkout, reasons, verified, failure, fingerprint };
    throw new BareViolation(
      `${rule}: ${slug}, after ${this.#step}\n${JSON.stringify(seen, null, 1)}\n${JSON.stringify(report, null, 1)}`,
    );
  }
}

/** The tip that a mirror has, by the commit that its report names. */
function mirrored({ origin }: Subject, { checkout }: ReportAnswer): Tip {
  const commit = origin.commits.find(({ id }) => id === checkout?.head);
  return { branch: checkout?.branch ?? '', commit };
}

/** When the contact ended that began at that time; undefined where there was none. */
function contactAt({ contacts }: Subject, at: number): number | undefined {
  return contacts.find(({ from, to }) => from <= at + ROUNDING_MS && at <= to + ROUNDING_MS)?.to;
}

/** Runs the property: makes step after step, and after each holds the stored verdicts against those made from scratch. */
import type { ReportAnswer } from '../../../src/api/report.js';
import type { Outcome } from '../../../src/worker/handle-job.js';
import { exists } from './file-edits.js';
import { POINTS } from './interruptions.js';
import type { Edited } from './registry-edits.js';
import type { Repository } from './repository.js';
import {
  drawSteps,
  makeEdit,
  pickRepository,
  repairInstead,
  type Step,
  type StepKind,
  withoutDifference,
} from './steps.js';
import { Tally } from './tally.js';
import { choose } from './texts.js';
import { pointsOf, THERE_AND_BACK, type ThereAndBackKind, waitForTick } from './there-and-back.js';
import { type Difference, differences, type Rule, Violation } from './violation.js';
import { FreshWorld, type WorldSettings } from './world.js';

export interface RunSettings extends WorldSettings {
  readonly seed: number;
  /** How many to make, and up to as many more until each kind that can make a difference has made one. */
  readonly steps: number;
  /** Kinds of steps that are made ten times as often as usual. */
  readonly often?: readonly StepKind[];
  /** Called now and then, for runs that take long. */
  readonly onProgress?: (tally: Tally) => void;
}

/** After so many steps the run reads every repository, not only those that the step was about. */
const READ_ALL = 100;
const BY_CHECKER: readonly string[] = ['C7', 'C13'];

/**
 * Runs the steps of a seed.
 * @throws {Violation} at the first step after which something does not hold
 */
export async function runProperty(settings: RunSettings): Promise<Tally> {
  const world = await FreshWorld.open(settings);
  try {
    const run = new Run(world, settings);
    await run.start();
    for (const step of drawSteps(settings.seed, settings.steps * 2, settings.often)) {
      if (run.tally.steps >= settings.steps && withoutDifference(run.tally).length === 0) break;
      await run.make(step);
    }
    await run.readAll();
    return run.tally;
  } finally {
    await world.close();
  }
}

type Occasion = 'after an evaluation' | 'after an edit' | 'in passing';

interface Read {
  readonly answer: ReportAnswer;
  readonly found: readonly Difference[];
}

class Run {
  readonly tally = new Tally();
  readonly #world: FreshWorld;
  readonly #settings: RunSettings;
  /** By repository, the criteria whose stored verdict differed from the one from scratch when it was last read. */
  readonly #differing = new Map<Repository, ReadonlySet<string>>();
  #step: Step | undefined;
  #number = 0;

  constructor(world: FreshWorld, settings: RunSettings) {
    this.#world = world;
    this.#settings = settings;
  }

  async start(): Promise<void> {
    for (const repo of this.#world.repositories) await this.#evaluate(repo, { forced: false });
  }

  async make(step: Step): Promise<void> {
    this.#step = step;
    this.#number += 1;
    const repo = pickRepository(this.#world, step);
    if (step.evaluate === 'before' || step.evaluate === 'both') await this.#evaluate(repo, { forced: false });
    const { kind, affected } = await this.#edit(repo, step);
    this.tally.countStep(kind);
    const before = this.#differing.get(repo);
    for (const each of affected) {
      const { answer } = await this.#read(each, each === repo ? 'after an edit' : 'in passing');
      // Not judged, so it is not known in what it differs from now on.
      if (each !== repo && answer.stale) this.#differing.delete(each);
    }
    const newly = [...(this.#differing.get(repo) ?? [])].filter((id) => !before?.has(id));
    if (before !== undefined && newly.length > 0) this.tally.countDifference(kind);
    if (step.evaluate === 'after' || step.evaluate === 'both')
      await this.#evaluate(repo, { forced: step.a % 4 === 0 });
    if (this.tally.steps % READ_ALL === 0) {
      await this.readAll();
      this.#settings.onProgress?.(this.tally);
    }
  }

  async readAll(): Promise<void> {
    for (const repo of this.#world.repositories) await this.#read(repo, 'in passing');
  }

  async #edit(repo: Repository, step: Step): Promise<Edited> {
    const repaired = await repairInstead(this.#world, repo, step);
    if (repaired !== undefined) return repaired;
    if (step.kind === 'edit during an evaluation') return this.#editMeanwhile(repo, step);
    if (step.kind in THERE_AND_BACK) return this.#goThereAndBack(repo, step);
    return makeEdit(this.#world, repo, { kind: step.kind as Step['meanwhile'], picks: step });
  }

  async #editMeanwhile(repo: Repository, step: Step): Promise<Edited> {
    const { interruptions } = this.#world;
    const done: Edited[] = [];
    interruptions.arm(choose(POINTS, step.point), async () => {
      done.push(await makeEdit(this.#world, repo, { kind: step.meanwhile, picks: step }));
    });
    this.tally.countEvaluation(await this.#world.evaluate(repo, { forced: step.b % 2 === 0 }));
    // Where it did not come to that point it is simply an edit after it.
    for (const left of interruptions.disarm()) await left();
    return { kind: step.kind, affected: done[0]?.affected ?? [repo] };
  }

  async #goThereAndBack(repo: Repository, step: Step): Promise<Edited> {
    if (!exists(repo.root)) return { kind: 'nothing', affected: [repo] };
    const { interruptions } = this.#world;
    const kind = step.kind as ThereAndBackKind;
    const [there, back] = pointsOf(kind, step);
    let goBack: (() => void) | undefined;
    interruptions.arm(there, () => {
      goBack = THERE_AND_BACK[kind](repo, step);
    });
    interruptions.arm(back, () => {
      waitForTick(repo);
      goBack?.();
    });
    this.tally.countEvaluation(await this.#world.evaluate(repo, { forced: true }));
    interruptions.disarm();
    return { kind: goBack === undefined ? 'nothing' : kind, affected: [repo] };
  }

  /** Evaluates what is at rest: all that could be judged must be what it is from scratch, and read fresh. */
  async #evaluate(repo: Repository, options: { forced: boolean }): Promise<void> {
    const outcome = await this.#world.evaluate(repo, options);
    this.tally.countEvaluation(outcome);
    const { answer, found } = await this.#read(repo, 'after an evaluation');
    const isWhole = outcome.end === 'written' || outcome.end === 'fresh';
    // Where only the checker broke, the others are judged all the same.
    const isPartial = outcome.end === 'failed' && outcome.error.code.startsWith('checker_');
    const unlike = found.filter(({ id }) => isWhole || (isPartial && !BY_CHECKER.includes(id)));
    if (unlike.length > 0)
      throw this.#violation('an evaluation differs from a full one', repo, {
        answer,
        found: unlike,
        outcome,
      });
    if (isWhole && answer.stale)
      throw this.#violation('it was judged at rest and reads stale', repo, { answer, found, outcome });
  }

  /**
   * Reads a repository and judges it from scratch: where these differ, it must read stale. What reads stale after an edit
   * is only counted, for which the checker's core will do; in passing it is left out.
   */
  async #read(repo: Repository, when: Occasion): Promise<Read> {
    const answer = await this.#world.read(repo);
    this.tally.countRead(answer.stale);
    if (answer.stale && when === 'in passing') return { answer, found: [] };
    const byCore = answer.stale && when === 'after an edit';
    const found = differences(answer, await this.#world.judgeFromScratch(repo, { byCore }));
    if (found.length > 0 && !answer.stale) throw this.#violation('falsely fresh', repo, { answer, found });
    const differing = new Set(found.filter(({ scratch: now }) => now !== undefined).map(({ id }) => id));
    this.#differing.set(repo, differing);
    return { answer, found };
  }

  #violation(
    rule: Rule,
    repo: Repository,
    seen: { answer: ReportAnswer; found: readonly Difference[]; outcome?: Outcome },
  ): Violation {
    const { seed } = this.#settings;
    return new Violation({
      rule,
      seed,
      number: this.#number,
      step: this.#step,
      slug: repo.slug,
      ...seen,
    });
  }
}

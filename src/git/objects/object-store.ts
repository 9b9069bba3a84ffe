/**
 * Reads the objects of one commit that turn out to be needed. Promise: however many they are, git is started once for each
 * step of a path or a link, and no object over its limit is read.
 */
import type { BytePath } from '../../checkout/byte-path.js';
import { DoiError } from '../../domain/errors.js';
import { ObjectsTooLarge } from '../too-large.js';
import type { ObjectPlace } from './object-place.js';
import { type Commit, MalformedObject, type Tree } from './parse-objects.js';
import { MAX_TREE, type PresentObject, ReadObjects } from './read-objects.js';
import { type GitRunner, type Question, unreadable } from './run-git.js';

/** Thrown where an object is needed that is not read yet; what is needed is noted. One for all, since making one is slow. */
const PENDING = new Error('An object is not read yet.');

type ObjectType = 'commit' | 'tree' | 'blob';
/** An object to read, and of what type it must be. */
interface Wanted {
  readonly verb: Question['verb'];
  readonly type: ObjectType;
}

/** The most bytes that are read at once. */
const MAX_READ = 24 * 1024 * 1024;
const MAX_COMMIT = 1024 * 1024;
/** No path on Linux is longer. */
const MAX_LINK = 4096;
// A link takes two, a folder one.
const MAX_ROUNDS = 100;
/** In so many rounds something is read ahead. Where links need more, to plan that too takes longer than it saves. */
const MAX_AHEAD = 6;
const FETCHES = 2;
/** What is nearly always needed, asked for by its path before its id is known; {@link GitRunner.ask} may leave it out. */
const FIRST = ['^{tree}', ':.claude', ':.claude/rules', ':workplans'];

/** A call for which objects are read. */
export interface ObjectCall {
  readonly place: ObjectPlace;
  /** For all reads of the call together, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export class ObjectStore {
  readonly #git: GitRunner;
  #call: ObjectCall;
  #known = new ReadObjects();
  readonly #fetches = new Map<string, number>();
  readonly #wanted = new Map<string, Wanted>();
  #sizesFirst = false;
  #leftMs: number;

  constructor(git: GitRunner, call: ObjectCall) {
    this.#git = git;
    this.#call = call;
    this.#leftMs = call.timeoutMs;
  }

  /** About how much memory is taken by what was read. */
  get bytes(): number {
    return this.#known.bytes;
  }

  /** Lets another call use what was read. @param call on the same commit of the same repository */
  reuse(call: ObjectCall): void {
    this.#call = call;
    this.#leftMs = call.timeoutMs;
    this.#fetches.clear();
    this.#known.nextCall();
  }

  /**
   * Runs `plan` again and again until all objects are read that it needs.
   * @param plan without effects, since it is run more than once
   * @param ahead what a later call will do: what it needs is read along with the rest, as far as that can be read
   * @throws {DoiError} what {@link GitRunner.ask} and the place's `fetchObjects` throw
   */
  async complete<T>(plan: () => T, ahead?: () => unknown): Promise<T> {
    let more = ahead;
    for (let round = 0; ; round += 1) {
      this.#wanted.clear();
      try {
        return plan();
      } catch (error) {
        if (error instanceof MalformedObject) throw unreadable(this.#call.place, error.message);
        if (error !== PENDING) throw error;
      }
      if (round >= MAX_ROUNDS || this.#leftMs <= 0)
        throw unreadable(this.#call.place, 'Its links or folders take too long to follow.');
      more = round < MAX_AHEAD ? more : undefined;
      if (more !== undefined) this.#note(more);
      try {
        await this.#read();
      } catch (error) {
        // It may be one of the objects that this call does not need.
        if (more === undefined || this.#leftMs <= 0 || !isOfObjects(error)) throw error;
        more = undefined;
        this.#known = new ReadObjects();
      }
    }
  }

  #note(ahead: () => unknown): void {
    try {
      ahead();
    } catch (error) {
      // What is wrong there is reported by the call that needs it.
      if (error !== PENDING && !(error instanceof MalformedObject || error instanceof DoiError)) throw error;
    }
  }

  /**
   * Runs all of `parts`, so that what each needs is read at once.
   * @param isEnough whether to read what is needed so far before the rest is run
   */
  gather<T>(parts: readonly (() => T)[], isEnough = () => false): T[] {
    const done: T[] = [];
    let isPending = false;
    for (const part of parts) {
      try {
        done.push(part());
      } catch (error) {
        if (error !== PENDING) throw error;
        isPending = true;
        if (isEnough()) break;
      }
    }
    if (isPending) throw PENDING;
    return done;
  }

  commit(): Commit {
    const id = this.#call.place.commit;
    const known = this.#known.commits.get(id);
    if (known !== undefined) return known;
    if (this.#isOver(id, 'commit', MAX_COMMIT)) throw new MalformedObject('The commit is too large.');
    return this.#want(id, { verb: 'contents', type: 'commit' });
  }

  /** Undefined for a tree that is too large to be read. */
  tree(id: string): Tree | undefined {
    const known = this.#known.trees.get(id);
    if (known !== undefined) return known;
    if (this.#isOver(id, 'tree', MAX_TREE)) return undefined;
    return this.#want(id, { verb: 'contents', type: 'tree' });
  }

  /** Of a blob, in bytes; Infinity where it is too large to be fetched. */
  size(id: string): number {
    return this.#known.sizes.get(id) ?? this.#want(id, { verb: 'info', type: 'blob' });
  }

  /** Ask only for one whose size is within a limit. */
  blob(id: string): Buffer {
    return this.#known.blobs.get(id) ?? this.#want(id, { verb: 'contents', type: 'blob' });
  }

  /** Where a link leads; undefined where that is longer than a path can be. */
  link(id: string): BytePath | undefined {
    if (this.size(id) > MAX_LINK) return undefined;
    // The system ends a path there too.
    return this.blob(id).toString('latin1').split('\0', 1)[0] ?? '';
  }

  /** Mostly, the size is not known before the content: only where that was too much it is asked for first. */
  #isOver(id: string, type: ObjectType, limit: number): boolean {
    const size = this.#known.sizes.get(id);
    if (size !== undefined) return size > limit;
    return this.#sizesFirst ? this.#want(id, { verb: 'info', type }) : false;
  }

  #want(id: string, wanted: Wanted): never {
    if (this.#wanted.get(id)?.verb !== 'contents') this.#wanted.set(id, wanted);
    throw PENDING;
  }

  async #read(): Promise<void> {
    const questions = this.#questions();
    const answers = await this.#git.ask(this.#call.place, questions, {
      maxBytes: MAX_READ + MAX_TREE,
      timeoutMs: Math.max(1, this.#leftMs),
      signal: this.#call.signal,
      onMs: (ms) => {
        this.#leftMs -= ms;
      },
    });
    if (answers === undefined) {
      if (this.#sizesFirst) throw unreadable(this.#call.place, 'git gave more than it had announced.');
      this.#sizesFirst = true;
      return;
    }
    const missing: string[] = [];
    for (const [index, answer] of answers.entries()) {
      const name = questions[index]?.name ?? '';
      const type = this.#wanted.get(name)?.type;
      if (answer.state === 'missing' && type !== undefined) missing.push(name);
      if (answer.state === 'missing') continue;
      if (type !== undefined && answer.type !== type)
        throw unreadable(
          this.#call.place,
          `The object ${name} is a ${answer.type} where a ${type} should be.`,
        );
      this.#keep(answer);
    }
    if (missing.length > 0) await this.#fetch(missing);
  }

  async #fetch(ids: readonly string[]): Promise<void> {
    const { fetchObjects } = this.#call.place;
    const gone = ids.find((id) => (this.#fetches.get(id) ?? 0) >= FETCHES) ?? ids[0];
    if (fetchObjects === undefined || this.#fetches.get(gone ?? '') === FETCHES)
      throw unreadable(this.#call.place, `The object ${gone} is not there.`);
    for (const id of ids) this.#fetches.set(id, (this.#fetches.get(id) ?? 0) + 1);
    try {
      await fetchObjects(ids, this.#call.signal);
    } catch (error) {
      if (!(error instanceof ObjectsTooLarge)) throw error;
      const over = ids.filter((id) => error.ids.has(id));
      if (over.length === 0) throw error;
      for (const id of over) this.#known.sizes.set(id, Number.POSITIVE_INFINITY);
    }
  }

  /** What fits into one read; the rest is wanted again. */
  #questions(): Question[] {
    let left = MAX_READ;
    const questions: Question[] = [];
    for (const [name, { verb }] of this.#wanted) {
      left -= verb === 'contents' ? (this.#known.sizes.get(name) ?? 0) : 0;
      if (left < 0 && questions.length > 0) break;
      questions.push({ verb, name });
    }
    const { commit } = this.#call.place;
    if (this.#sizesFirst || !questions.some(({ name }) => name === commit)) return questions;
    return [...questions, ...FIRST.map((path) => ({ verb: 'contents', name: commit + path }) as const)];
  }

  #keep(answer: PresentObject): void {
    try {
      this.#known.add(answer);
    } catch (error) {
      throw error instanceof MalformedObject ? unreadable(this.#call.place, error.message) : error;
    }
  }
}

/** Whether an error may be that of some of the objects alone. */
function isOfObjects(error: unknown): boolean {
  return error instanceof DoiError && ['objects_unreadable', 'remote_failed'].includes(error.code);
}

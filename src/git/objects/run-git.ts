/**
 * Runs git on the objects of a bare repository. Promise: git reads nothing of the repository but its objects, not its
 * configuration either, and starts no further program.
 */
import { join } from 'node:path';
import type { LimitFunction } from 'p-limit';
import { type CheckUser, findCheckUser } from '../../checker/check-user.js';
import { type Environment, type Isolation, withoutNamespaces } from '../../checker/isolation.js';
import { printable } from '../../checker/output.js';
import type { RunResult, runSubprocess } from '../../checker/run-subprocess.js';
import { shownPath, toBytes, toText } from '../../checkout/byte-path.js';
import { DoiError } from '../../domain/errors.js';
import { formatOf, isObjectId, type ObjectFormat } from '../../domain/object-id.js';
import type { BareTip } from '../../inputs/probe/commit-inputs.js';
import { findProgram } from '../../platform/process/find-program.js';
import type { ScratchFolder } from '../../platform/process/scratch-folder.js';
import { makeEmptyRepository } from './empty-repository.js';
import { INSTALL_GIT, isNewEnough } from './git-release.js';
import { type Answer, MalformedObject, parseAnswers } from './parse-objects.js';
import { hasOnlyPacks, refuseBorrowed } from './refuse-borrowed.js';

export interface GitOptions {
  readonly run: typeof runSubprocess;
  readonly isolation: Isolation;
  /** Of this process; git gets the variables that every started program gets. */
  readonly environment: Environment;
  /** DOI_CHECK_USER: the user as whom root runs git; undefined for the repository's owner. */
  readonly checkUser?: string | undefined;
  /** For all reads of one call together, in milliseconds; waiting for a turn does not count. */
  readonly timeoutMs: number;
  /** Gives git its turn. */
  readonly limit: LimitFunction;
  readonly scratch: ScratchFolder;
}

/** A question to git: what an object is, or that and its content. `name`: an id, or an expression that leads to an object. */
export interface Question {
  readonly verb: 'info' | 'contents';
  readonly name: string;
}

/** Variables by which git reads no configuration but that of its folder, fetches nothing, asks for nothing and takes no lock. */
export const NEUTRAL_VARIABLES = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ALLOW_PROTOCOL: '',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_LAZY_FETCH: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
  LC_ALL: 'C',
} as const;
/** So that an object whose length is a lie does not take this host's memory. */
const MEMORY_BYTES = 2 ** 30;

function memoryLimit(environment: Environment): string[] {
  const isThere = findProgram('prlimit', environment['PATH'] ?? '') !== undefined;
  return isThere ? ['prlimit', `--data=${MEMORY_BYTES}`] : [];
}

/** What one run of git reads, and how it is isolated. */
interface Start {
  readonly tip: BareTip;
  readonly input: Uint8Array;
  readonly isolation: Isolation;
}

interface Prepared {
  readonly isolation: Isolation;
  readonly shells: Readonly<Record<ObjectFormat, string>>;
}

export class GitRunner {
  readonly #options: GitOptions;
  #prepared: Promise<Prepared> | undefined;

  constructor(options: GitOptions) {
    this.#options = options;
  }

  /**
   * Asks git about objects. Git waits for ever at a pipe in the place of one, so each is checked before; of those that are asked
   * for by an expression the ids are not known, so that they are left out where any object has a file of its own.
   * @param questions those with an expression last
   * @returns the answers in the order of the questions; undefined where they have more than `maxBytes`
   * @throws {DoiError} `objects_unreadable`; `checker_missing` or `host_exhausted` where git cannot be run; the signal's reason
   */
  async ask(
    tip: BareTip,
    questions: readonly Question[],
    options: AskOptions,
  ): Promise<Answer[] | undefined> {
    let leftMs = options.timeoutMs;
    const onMs = (ms: number) => {
      leftMs -= ms;
      options.onMs(ms);
    };
    const time = () => ({ timeoutMs: Math.max(1, leftMs), onMs });
    const byId = questions.filter(({ name }) => isObjectId(name));
    await refuseBorrowed(
      tip.folder,
      byId.map(({ name }) => name),
      time(),
    );
    const mayAskAll = byId.length === questions.length || (await hasOnlyPacks(tip.folder, time()));
    const asked = mayAskAll ? questions : byId;
    const input = Buffer.from(asked.map(({ verb, name }) => `${verb} ${name}\n`).join(''));
    const run = await this.#run(tip, input, { ...options, ...time() });
    const bytes = usable(tip, run);
    if (bytes === undefined) return undefined;
    const wants = asked.map(({ verb }) => verb === 'contents');
    try {
      const answers = parseAnswers(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), wants);
      // Checked again, since it may have been changed meanwhile.
      const read = answers.flatMap((answer) => (answer.state === 'present' ? [answer.id] : []));
      await refuseBorrowed(tip.folder, new Set(read), time());
      return answers;
    } catch (error) {
      throw error instanceof MalformedObject ? unreadable(tip, error.message) : error;
    }
  }

  async #run(tip: BareTip, input: Uint8Array, options: AskOptions): Promise<RunResult> {
    for (let isAgain = false; ; isAgain = true) {
      this.#prepared ??= this.#prepare();
      const prepared = this.#prepared;
      // A later call tries again where git was missing.
      const { isolation, shells } = await prepared.catch((error: unknown) => {
        if (this.#prepared === prepared) this.#prepared = undefined;
        throw error;
      });
      const shell = shells[formatOf(tip.commit)];
      const { user, ...result } = await this.#runIn(shell, { tip, input, isolation }, options);
      if (!/^fatal: not a git repository/im.test(result.stderr.head)) return result;
      if (isAgain) throw forbidden(tip, user);
      // What cleans the system's temporary folder may have removed parts of the shells: they are made again.
      if (this.#prepared === prepared) this.#prepared = undefined;
    }
  }

  async #runIn(
    shell: string,
    { tip, input, isolation }: Start,
    { maxBytes, timeoutMs, signal, onMs }: AskOptions,
  ): Promise<RunResult & { readonly user: CheckUser | undefined }> {
    const { run, environment, limit } = this.#options;
    const folder = toText(tip.folder);
    // A variable of the environment holds text.
    if (!Buffer.from(folder).equals(toBytes(tip.folder)))
      throw unreadable(tip, 'Its path is not UTF-8 text.');
    const result = await limit(async () => {
      const user = await this.#findUser(tip, folder);
      const variables = { ...NEUTRAL_VARIABLES, GIT_DIR: shell, GIT_OBJECT_DIRECTORY: `${folder}/objects` };
      const argv = [...memoryLimit(environment), 'git', 'cat-file', '--batch-command', '--buffer'];
      const options = { argv, cwd: shell, environment, variables, input, wantsBytes: true, isolation, user };
      return { ...(await run({ ...options, mayBeFirst: true, timeoutMs, maxBytes, signal })), user };
    });
    onMs(result.ms);
    if (result.why === 'aborted' || result.why === 'not-started')
      throw signal?.reason ?? new Error('The read was aborted.');
    return result;
  }

  /** DOI_CHECK_USER is not meant for folders of this process's own user, such as mirrors, which no other may enter. */
  async #findUser({ owner }: BareTip, path: string): Promise<CheckUser | undefined> {
    if (owner.uid === process.getuid?.()) return undefined;
    return findCheckUser({ path, owner }, this.#options.checkUser);
  }

  /** Finds out whether git can be used, and makes the empty repositories whose objects git takes the ones to read for. */
  async #prepare(): Promise<Prepared> {
    const { run, environment, timeoutMs, scratch } = this.#options;
    // git starts no further program here.
    const isolation = await withoutNamespaces(this.#options.isolation, environment);
    const argv = ['git', 'version'];
    const { code, stdout } = await run({
      argv,
      cwd: '/',
      environment,
      isolation,
      timeoutMs,
      variables: NEUTRAL_VARIABLES,
    });
    if (code !== 0 || !isNewEnough(stdout.head)) {
      const found = code === 0 ? `This host has ${stdout.head.trim()}` : 'git cannot be run on this host';
      throw new DoiError('checker_missing', `${found}, and bare repositories are read by git.`, INSTALL_GIT);
    }
    const sha1 = await makeEmptyRepository(join(scratch.path, 'sha1.git'), 'sha1');
    const sha256 = await makeEmptyRepository(join(scratch.path, 'sha256.git'), 'sha256');
    return { isolation, shells: { sha1, sha256 } };
  }
}

export interface AskOptions {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with the time that git, or a check of the folders, took, in milliseconds. */
  readonly onMs: (ms: number) => void;
}

/** What git printed; undefined where it is too much. @throws {DoiError} `objects_unreadable` */
function usable(tip: BareTip, { why, code, signal, stderr, bytes }: RunResult): Uint8Array | undefined {
  if (why === 'flooded') return undefined;
  if (why === 'timed-out') throw unreadable(tip, 'git did not read them in time.');
  if (code === 0 && bytes !== undefined) return bytes;
  if (/out of memory/i.test(stderr.head))
    throw unreadable(tip, 'An object says that it is larger than git may take memory for.');
  const how = signal === null ? `code ${code}` : signal;
  throw unreadable(tip, `git ended with ${how}: ${printable(stderr.head.trim())}`);
}

/** The error where the user as whom git runs may not enter the repository; undefined for this process's own user. */
function forbidden({ folder }: BareTip, user: CheckUser | undefined): DoiError {
  const who = user === undefined ? 'that runs the worker' : `with the number ${user.uid}`;
  const found = `The user ${who} may not read ${shownPath(folder)}.`;
  const remedy =
    'Let that user enter the folder and those above it and read what is in it, or name another user in DOI_CHECK_USER.';
  return new DoiError('file_unreadable', found, remedy);
}

/** @param why a sentence */
export function unreadable(tip: BareTip, why: string): DoiError {
  const found = `The objects of ${shownPath(tip.folder)} at the commit ${tip.commit} could not be read. ${why}`;
  const remedy = 'Run "git fsck" in the repository; where objects are missing or broken, clone it again.';
  return new DoiError('objects_unreadable', found, remedy);
}

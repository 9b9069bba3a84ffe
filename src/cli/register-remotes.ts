/** `doi register URL…`: has this host keep mirrors of remotes, whose content its worker fetches and judges. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { DoiError } from '../domain/errors.js';
import { fileError } from '../platform/file-errors.js';
import { type GivenRemote, readGivenRemote, readRemoteList } from '../registry/given-remotes.js';
import type { MirrorOutcome } from '../registry/plan-mirrors.js';
import { registerMirrors } from '../registry/register-mirrors.js';
import type { Context } from './context.js';
import { withDatabase } from './open-services.js';
import { showJson, showText } from './terminal.js';
import { wakeAdded } from './wake-added.js';

export interface RemoteOptions {
  readonly slug?: string | undefined;
  readonly domain?: string | undefined;
  readonly branch?: string | undefined;
  /** A file with one remote a line; `-` for standard input. */
  readonly list?: string | undefined;
  readonly json?: boolean | undefined;
}

/** @throws {DoiError} `bad_request`, `bad_slug`, `slug_taken`, `file_unreadable`, and then nothing is registered */
export async function registerRemotes(
  given: readonly string[],
  options: RemoteOptions,
  context: Context,
): Promise<void> {
  const { slug, domain, branch } = options;
  const remotes = [
    ...given.map((text, index) => readGivenRemote(text, `argument ${index + 1}`)),
    ...(options.list === undefined ? [] : await readList(options.list)),
  ];
  if (slug !== undefined && remotes.length > 1)
    throw new DoiError(
      'bad_request',
      'One slug was given for several remotes.',
      'Give --slug with one URL only.',
    );
  const mirrors = remotes.map(({ remoteUrl, name }) => ({ remoteUrl, name, slug, domain, branch }));
  const { outcomes, requested } = await withDatabase(context.env, (sql, { host, mirrorsDir }) =>
    registerMirrors(sql, { mirrors, host, mirrorsDir }),
  );
  await wakeAdded(context, requested);
  const shown = outcomes.map((outcome, index) => ({ outcome, note: noteOn(outcome, remotes[index]) }));
  if (options.json) {
    const repositories = shown.map(({ outcome, note }) => toAnswer(outcome, note));
    context.stdout.write(showJson({ repositories, skipped: [], deeper: null }));
    return;
  }
  for (const { outcome, note } of shown)
    context.stdout.write(`${describe(outcome)}\n${note === undefined ? '' : `  ${showText(note, 1000)}\n`}`);
  if (outcomes.some(({ isNewMirror }) => isNewMirror))
    context.stdout.write(`"doi summary" lists the results; "doi doctor" here tries each remote's server.\n`);
}

const MOST_LIST_BYTES = 4 * 1024 * 1024;

async function readList(path: string): Promise<GivenRemote[]> {
  const from = path === '-' ? 'the standard input' : path;
  const text = await (path === '-' ? readText(process.stdin, from) : readPath(path)).catch(
    (error: unknown) => {
      throw fileError(error, from);
    },
  );
  return readRemoteList(text, from);
}

/** Waits for who writes to a pipe, as `cat` does: the shell makes one for `<(command)`. */
async function readPath(path: string): Promise<string> {
  const found = await stat(path);
  if (found.isFile() || found.isFIFO()) return readText(createReadStream(path), path);
  throw new DoiError(
    'bad_request',
    `${path} is neither a file nor a pipe.`,
    'Give a file or a pipe, or - for the standard input.',
  );
}

/** @throws {DoiError} `bad_request` for more than a list may have */
async function readText(stream: Readable, from: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_LIST_BYTES)
      throw new DoiError(
        'bad_request',
        `${from} has more than 4 MiB.`,
        'Register the remotes in several calls.',
      );
  }
  return Buffer.concat(chunks).toString('utf8');
}

const CUT =
  'User name, password, token and query of the URL are not stored: git uses the credentials of the user that runs the worker. ' +
  "Give that user a credential helper (git config --global credential.helper), or an ssh key and the repository's ssh address.";

function noteOn({ remoteNote }: MirrorOutcome, given: GivenRemote | undefined): string | undefined {
  const notes = [remoteNote, given?.isCut === true ? CUT : undefined].filter((note) => note !== undefined);
  return notes.length === 0 ? undefined : notes.join(' ');
}

function toAnswer({ slug, path, remoteUrl, status, outcome, changed }: MirrorOutcome, note?: string) {
  const answer = { repo_slug: slug, path, remote_url: remoteUrl, status, outcome, changed };
  return note === undefined ? answer : { ...answer, remote_note: note };
}

function describe({ slug, remoteUrl, status, outcome, changed, isNewMirror }: MirrorOutcome): string {
  const what = showText(remoteUrl ?? slug, 1000);
  if (outcome === 'registered')
    return `Registered ${what} as ${slug}: this host's worker fetches and judges it.`;
  const mirror = isNewMirror ? " This host's worker fetches and judges it now." : '';
  const address = changed.includes('remote') ? ' This is its address from now on.' : '';
  const others = changed.filter((name) => name !== 'path' && name !== 'remote');
  const change = others.length === 0 ? '' : ` Changed: ${others.join(', ')}.`;
  const archived =
    status === 'archived' ? ` It is archived; "doi archive ${slug} --undo" makes it active.` : '';
  return `${what} is already registered as ${slug}.${mirror}${address}${change}${archived}`;
}

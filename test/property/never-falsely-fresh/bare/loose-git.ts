/** Answers as `git cat-file` would where all objects lie in files of their own, since starting git takes most of a step's time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import type { RunOptions, RunResult } from '../../../../src/checker/run-subprocess.js';
import { errnoOf } from '../../../../src/platform/file-errors.js';

interface Loose {
  readonly id: string;
  readonly type: string;
  readonly content: Buffer;
}

/** @returns undefined where git itself is to answer: another command, or objects that are packed or missing */
export function answerLoose({ argv, variables, input }: RunOptions): RunResult | undefined {
  const folder = variables?.['GIT_OBJECT_DIRECTORY'];
  if (!argv.includes('cat-file') || folder === undefined || input === undefined) return undefined;
  const parts: Buffer[] = [];
  for (const line of Buffer.from(input).toString('latin1').trimEnd().split('\n')) {
    const [verb, name = ''] = line.split(' ');
    const found = resolve(folder, name);
    if (found === undefined && /^[0-9a-f]+$/.test(name)) return undefined;
    if (found === undefined) parts.push(Buffer.from(`${name} missing\n`));
    else parts.push(Buffer.from(`${found.id} ${found.type} ${found.content.length}\n`));
    if (found !== undefined && verb === 'contents') parts.push(found.content, Buffer.from('\n'));
  }
  const none = { head: '', tail: '', truncated: false };
  return {
    ...{ why: 'exited', code: 0, signal: null, ms: 0, stdout: none, stderr: none },
    bytes: Buffer.concat(parts),
  } as RunResult;
}

/** An id, or a commit with `^{tree}` or the path of a file or folder in it. */
function resolve(folder: string, name: string): Loose | undefined {
  const [, id = '', rest = ''] = /^([0-9a-f]{40})(.*)$/.exec(name) ?? [];
  const object = read(folder, id);
  if (rest === '' || object === undefined) return object;
  let at = read(folder, /^tree (.*)$/m.exec(object.content.toString('latin1'))?.[1] ?? '');
  if (rest === '^{tree}') return at;
  for (const part of rest.slice(1).split('/')) at = at && read(folder, childOf(at, part) ?? '');
  return at;
}

function childOf({ type, content }: Loose, name: string): string | undefined {
  if (type !== 'tree') return undefined;
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(0, at);
    const entry = content.subarray(at, end).toString('latin1');
    if (entry.slice(entry.indexOf(' ') + 1) === name)
      return content.subarray(end + 1, end + 21).toString('hex');
    at = end + 21;
  }
  return undefined;
}

function read(folder: string, id: string): Loose | undefined {
  if (id === '') return undefined;
  try {
    const whole = inflateSync(readFileSync(join(folder, id.slice(0, 2), id.slice(2))));
    const end = whole.indexOf(0);
    const [type = ''] = whole.subarray(0, end).toString().split(' ');
    return { id, type, content: whole.subarray(end + 1) };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

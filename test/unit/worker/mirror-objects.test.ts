/** Tests how long a job waits for objects that are fetched, and what it finds when it starts again. */
import { beforeEach, describe, expect, it } from 'vitest';
import { MirrorObjects } from '../../../src/worker/mirror-objects.js';
import { StillFetching } from '../../../src/worker/still-fetching.js';

const IDS = ['a'.repeat(40)];
let fetches: { readonly resolve: () => void; readonly reject: (error: Error) => void }[];
let ended: string[];
beforeEach(() => {
  [fetches, ended] = [[], []];
});

function open(jobWaitMs?: number): MirrorObjects {
  return new MirrorObjects({
    fetch: (_repo, _ids, signal) =>
      new Promise((resolve, reject) => {
        fetches.push({ resolve, reject });
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
    onEnd: async (id) => void ended.push(id),
    jobWaitMs,
  });
}

describe('a fetch of objects', () => {
  it('when it ends in time, then the job goes on, and nothing is requested', async () => {
    const objects = open();
    const done = objects.fetch('one', IDS);
    fetches[0]?.resolve();
    await done;
    await objects.close();
    expect(ended).toEqual([]);
  });

  it('when it takes long, then it goes on without the job, whose request is resumed at its end', async () => {
    const objects = open(1);
    await expect(objects.fetch('one', IDS)).rejects.toBeInstanceOf(StillFetching);
    await expect(objects.fetch('one', IDS), 'the job started again waits for the same').rejects.toThrow();
    expect(fetches).toHaveLength(1);
    fetches[0]?.resolve();
    await expect.poll(() => ended).toEqual(['one']);
  });

  it('when it fails after that, then the job that is started again finds the error once', async () => {
    const objects = open(1);
    await expect(objects.fetch('one', IDS)).rejects.toBeInstanceOf(StillFetching);
    fetches[0]?.reject(new Error('the server is gone'));
    await expect.poll(() => ended).toEqual(['one']);
    await expect(objects.fetch('one', IDS)).rejects.toThrow('the server is gone');
    expect(fetches).toHaveLength(1);
    await expect(objects.fetch('one', IDS)).rejects.toBeInstanceOf(StillFetching);
    expect(fetches).toHaveLength(2);
    await objects.close();
  });

  it('when the job is aborted, then that ends at once', async () => {
    const objects = open();
    const stop = new AbortController();
    const waiting = objects.fetch('one', IDS, stop.signal);
    stop.abort(new Error('the worker stops'));
    await expect(waiting).rejects.toThrow('the worker stops');
    await objects.close();
    expect(ended).toEqual([]);
  });
});

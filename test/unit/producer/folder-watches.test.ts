import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { FoundFolders } from '../../../src/inputs/probe/find-folders.js';
import { FolderWatches } from '../../../src/producer/folder-watches.js';

/** Watches of a system that has only so many, each with its path. */
function open(system = { limit: Number.POSITIVE_INFINITY, code: 'ENOSPC' }) {
  const live = new Map<EventEmitter, string>();
  const events: string[] = [];
  const gone = new Set<string>();
  const fire = new Map<string, () => void>();
  const watches = new FolderWatches({
    onEvent: (repoId) => events.push(repoId),
    watch: (path, _options, listener) => {
      const name = path.toString();
      if (gone.has(name)) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
      if (live.size >= system.limit) throw Object.assign(new Error('used up'), { code: system.code });
      const watcher = Object.assign(new EventEmitter(), { close: () => void live.delete(watcher) });
      live.set(watcher, name);
      fire.set(name, () => listener('change', null));
      return watcher as never;
    },
  });
  return { watches, live, events, gone, fire, system, paths: () => [...live.values()].sort() };
}

/** A checkout whose root alone is there, or more of its folders. */
function found(name: string, ids: (string | null)[] = []): FoundFolders {
  return { root: `/${name}`, ids: [`${name}-root`, null, null, null, null].map((id, at) => ids[at] ?? id) };
}

describe('watches on folders', () => {
  it('are on each folder that was found, and report which repository had an event', async () => {
    const { watches, events, fire, paths } = open();
    watches.note('a', found('a', ['r', null, null, 'w']), 1);
    expect(await watches.arm()).toEqual(['a']);
    expect(paths()).toEqual(['/a', '/a/workplans']);
    fire.get('/a/workplans')?.();
    expect(events).toEqual(['a']);
  });

  it('stay when nothing changed, and report no event', async () => {
    const { watches, live } = open();
    watches.note('a', found('a'), 1);
    await watches.arm();
    const before = [...live.keys()];
    watches.note('a', found('a'), 2);
    expect(await watches.arm()).toEqual([]);
    expect([...live.keys()]).toEqual(before);
  });

  it('are made again on a folder that took the place of another, and on no other', async () => {
    const { watches, live } = open();
    watches.note('a', found('a', ['r', null, null, 'w']), 1);
    await watches.arm();
    const [root, workplans] = [...live.keys()];
    watches.note('a', found('a', ['r', null, null, 'w2']), 1);
    expect(await watches.arm()).toEqual(['a']);
    expect(live.has(root as EventEmitter)).toBe(true);
    expect(live.has(workplans as EventEmitter)).toBe(false);
    expect(live.size).toBe(2);
  });

  it('are closed when a folder or a repository is gone', async () => {
    const { watches, paths } = open();
    watches.note('a', found('a', ['r', null, null, 'w']), 1);
    watches.note('b', found('b'), 1);
    await watches.arm();
    watches.note('a', found('a', ['r']), 1);
    watches.forget('b');
    expect(paths()).toEqual(['/a']);
    await watches.close();
    expect(paths()).toEqual([]);
  });

  it('when a folder went between its probe and its watch, are made at the next chance', async () => {
    const { watches, gone, paths } = open();
    gone.add('/a');
    watches.note('a', found('a'), 1);
    expect(await watches.arm()).toEqual([]);
    gone.clear();
    expect(await watches.arm()).toEqual(['a']);
    expect(paths()).toEqual(['/a']);
  });

  it('are made again after one that broke', async () => {
    const { watches, live, paths } = open();
    watches.note('a', found('a'), 1);
    await watches.arm();
    const [broken] = [...live.keys()];
    broken?.emit('error', new Error('broken'));
    expect(paths()).toEqual([]);
    expect(await watches.arm()).toEqual(['a']);
  });

  it('go to the repositories that changed last when the system has too few, in whatever order they come', async () => {
    const { watches, paths } = open({ limit: 2, code: 'ENOSPC' });
    watches.note('old', found('old'), 1);
    watches.note('older', found('older'), 0);
    watches.note('new', found('new'), 3);
    await watches.arm();
    expect(paths()).toEqual(['/new', '/old']);
    expect(watches.counts).toEqual({ watched: 2, left: 1, code: 'ENOSPC' });
    watches.note('newest', found('newest'), 4);
    expect(await watches.arm()).toEqual(['newest']);
    expect(paths()).toEqual(['/new', '/newest']);
    // The time of an event counts too.
    watches.touch('new', 9);
    watches.note('older', found('older'), 5);
    await watches.arm();
    expect(paths()).toEqual(['/new', '/older']);
  });

  it('are not taken from one to give them to another that changed no later', async () => {
    const { watches, live } = open({ limit: 1, code: 'EMFILE' });
    watches.note('a', found('a'), 1);
    await watches.arm();
    const before = [...live.keys()];
    watches.note('b', found('b'), 1);
    expect(await watches.arm()).toEqual([]);
    expect([...live.keys()]).toEqual(before);
    expect(watches.counts).toEqual({ watched: 1, left: 1, code: 'EMFILE' });
  });

  it('are made when the system has more', async () => {
    const { watches, system, paths } = open({ limit: 1, code: 'ENOSPC' });
    for (const name of ['a', 'b', 'c']) watches.note(name, found(name), 1);
    await watches.arm();
    expect(watches.counts.left).toBe(2);
    system.limit = 9;
    expect((await watches.arm()).length).toBe(2);
    expect(paths()).toEqual(['/a', '/b', '/c']);
    expect(watches.counts).toEqual({ watched: 3, left: 0, code: undefined });
  });
});

/** What the kernel says of a process. */
import { readdir, readFile } from 'node:fs/promises';

/** The fields of /proc/<pid>/stat from the third on, its state; undefined where it is gone. */
export async function statOf(pid: number): Promise<readonly string[] | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second, the name in parentheses, may itself hold blanks and parentheses.
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Its children, those that have ended and were not waited for among them, with the state of each. */
export async function childrenOf(pid: number): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (name) => {
      const [state, parent] = (await statOf(Number(name))) ?? [];
      return Number(parent) === pid ? [`${name} ${state}`] : [];
    }),
  );
  return found.flat();
}

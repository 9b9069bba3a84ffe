/** Removes what may be secret from what the system shows of this process's environment. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** The variables that started programs get, none of which holds a secret. */
export const PROGRAM_VARIABLES = /^(?:PATH|HOME|LANG|LC_[A-Z]+|TZ|TMPDIR)$/;

/**
 * Overwrites all variables but {@link PROGRAM_VARIABLES} in `/proc/<pid>/environ`, which other processes of this user may
 * read as long as this one runs. This process itself keeps them. Deleting a variable would not remove it from that file.
 */
export function hideEnvironment(environment: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(environment)) {
    // Set again, it lies elsewhere in memory.
    delete environment[name];
    environment[name] = value;
  }
  try {
    overwrite();
  } catch {
    // Not Linux, or memory that may not be written; the isolation of programs does not rest on this.
  }
}

function overwrite(): void {
  const memory = openSync('/proc/self/mem', 'r+');
  try {
    let at = findEnvironment();
    for (const entry of readFileSync('/proc/self/environ', 'latin1').split('\0')) {
      const [name = ''] = entry.split('=', 1);
      if (entry !== '' && !PROGRAM_VARIABLES.test(name))
        writeSync(memory, Buffer.alloc(entry.length), 0, null, at);
      at += entry.length + 1;
    }
  } finally {
    closeSync(memory);
  }
}

/** Where in memory the environment begins: `env_start` of proc(5), the 50th field. */
function findEnvironment(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  // The second field is a name in parentheses that may hold any character.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[50 - 3]);
}

/** Names the place of a finding, such as `workplans/a.md:3`, in the form that people and editors know. */
import type { Finding } from '../domain/input.js';

/** The file and the line, as far as they are known; empty where no file is. */
export function describePlace({ file, line }: Pick<Finding, 'file' | 'line'>): string {
  return `${file ?? ''}${file === undefined || line === undefined ? '' : `:${line}`}`;
}

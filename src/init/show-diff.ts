/** Shows files that are to be written as a unified diff, which `git apply` takes. */

/** A file that is to be written. */
export interface NewFile {
  /** Relative to the checkout, with `/` between the names. */
  readonly path: string;
  readonly text: string;
  /** Of a workplan, its id. */
  readonly id?: string;
}

/** Each file as an addition; its text ends with a line feed. */
export function showDiff(files: readonly NewFile[]): string {
  return files.map(showAddition).join('');
}

function showAddition({ path, text }: NewFile): string {
  const lines = text.replace(/\n$/, '').split('\n');
  const head = [
    `diff --git a/${path} b/${path}`,
    'new file mode 100644',
    '--- /dev/null',
    `+++ b/${path}`,
    `@@ -0,0 +1${lines.length === 1 ? '' : `,${lines.length}`} @@`,
  ];
  return `${[...head, ...lines.map((line) => `+${line}`)].join('\n')}\n`;
}

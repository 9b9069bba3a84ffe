/** Parts what git printed into its own messages and the headers of HTTP answers, which GIT_TRACE_CURL adds to them. */

/** The last answer of the server that git received. */
export interface HttpAnswer {
  readonly status: number;
  /** In lower case; where a header stands twice, the last. */
  readonly headers: ReadonlyMap<string, string>;
}

export interface ReadTrace {
  /**
   * What git itself printed. No line of the trace is in it: git hides `Authorization` and cookies there, but no other header
   * in which an operator may send a token.
   */
  readonly messages: string;
  readonly answer: HttpAnswer | undefined;
}

// It may follow a part of a line that the server had shown as progress.
const TRACE = /\d\d:\d\d:\d\d\.\d{6} [\w-]{1,40}\.c:\d/;
const RECEIVED = /^\S+ \S+ +<= Recv header: ?(.*)$/;
const STATUS = /^HTTP\/[\d.]+ (\d{3})(?: |$)/;
const HEADER = /^([\w-]+): *(.*)$/;

/** Parses any text, in linear time and without throwing. */
export function readTrace(stderr: string): ReadTrace {
  const messages: string[] = [];
  let answer: { status: number; headers: Map<string, string> } | undefined;
  for (const line of stderr.split(/[\r\n]+/)) {
    const at = line.search(TRACE);
    messages.push(at === -1 ? line : line.slice(0, at));
    const header = at === -1 ? undefined : RECEIVED.exec(line.slice(at))?.[1]?.trimEnd();
    if (header === undefined) continue;
    const status = STATUS.exec(header)?.[1];
    if (status !== undefined) answer = { status: Number(status), headers: new Map() };
    const [, name, value] = HEADER.exec(header) ?? [];
    if (name !== undefined && value !== undefined) answer?.headers.set(name.toLowerCase(), value);
  }
  return { messages: messages.filter((line) => line.trim() !== '').join('\n'), answer };
}

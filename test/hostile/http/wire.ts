/** Sends exact bytes to a server, and reads its answers. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'vitest';

export interface WireAnswer {
  readonly status: number;
  /** The head of the answer in lower case. */
  readonly head: string;
  readonly body: string;
}

/** The head of a request after whose answer the server is to close the connection. */
export const head = (line: string, ...headers: readonly string[]) =>
  [`${line} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n');

/** A POST of JSON with these headers. */
export const post = (path: string, headers: readonly string[], body: string) =>
  `${head(`POST ${path}`, 'Content-Type: application/json', ...headers)}${body}`;

/** Opens a connection, on which any end by the server is no error. */
export async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes and waits until the server closes the connection, as the sent request must require. */
export async function exchange(port: number, bytes: string | Buffer): Promise<WireAnswer[]> {
  const socket = connect(port, '127.0.0.1');
  const received = receive(socket);
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  return readAnswers(await received);
}

/** Everything that comes on a connection until it ends. */
export async function receive(socket: Socket): Promise<string> {
  let text = '';
  // A server may cut a connection whose bytes it does not want.
  socket.on('error', () => {});
  socket.setEncoding('latin1').on('data', (more: string) => {
    text += more;
  });
  // Not by `once` of node:events, which an error would end.
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

/** Splits the bytes of one connection into answers; fails where they are not whole answers in a row. */
export function readAnswers(text: string): WireAnswer[] {
  const answers: WireAnswer[] = [];
  for (let rest = text; rest !== ''; ) {
    const found = /^HTTP\/1\.1 (\d{3}) [^\r]*\r\n[\s\S]*?\r\n\r\n/.exec(rest);
    if (found === null) throw new Error(`No answer: ${JSON.stringify(rest.slice(0, 300))}`);
    const [whole, status] = found;
    const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(whole)?.[1] ?? 0);
    const body = rest.slice(whole.length, whole.length + length);
    // A part of an answer is an error. No test here sends HEAD, whose answer has a length and no body.
    if (body.length < length) throw new Error(`Half an answer: ${rest.slice(0, 300)}`);
    answers.push({ status: Number(status), head: whole.toLowerCase(), body });
    rest = rest.slice(whole.length + length);
  }
  return answers;
}

/** Holds that a refusal is a problem with these statuses at most, and shows nothing of the inside. */
export function expectRefusal(answer: WireAnswer | undefined, statuses: readonly number[]): void {
  expect(statuses, answer?.body).toContain(answer?.status);
  expect(answer?.head).toContain('content-type: application/problem+json');
  const problem = JSON.parse(answer?.body ?? '');
  expect(problem).toMatchObject({ status: answer?.status, code: expect.any(String) });
  expect(answer?.body).not.toMatch(/node_modules|select |\.js\b/);
}

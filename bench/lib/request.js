// Sends a server HTTP requests over some connections as fast as it answers, at as little cost as can be: it runs on the same cores.
import { once } from 'node:events';
import { connect } from 'node:net';

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/**
 * Sends them for so many seconds. Every answer must have the status `wanted`.
 * @param options `path`: called for each HTTP request, returns its path; `headers`: lines to send with each
 * @returns how many were answered a second
 */
export async function rate({ url, path, headers = [], wanted = 200, connections = 32, seconds = 1.5 }) {
  const { host, hostname, port } = new URL(url);
  const tail = ` HTTP/1.1\r\nHost: ${host}\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`;
  const began = performance.now();
  const end = began + seconds * 1000;
  let answered = 0;
  const walk = async () => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    const send = () => socket.write(`GET ${path()}${tail}`);
    // What is still to come of the body of the answer at hand; undefined while its head is read.
    let left;
    let head = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      let rest = chunk;
      if (left === undefined) {
        head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
        const at = head.indexOf(END_OF_HEAD);
        if (at === -1) return;
        left = bodyLength(head.toString('latin1', 0, at), wanted);
        rest = head.subarray(at + END_OF_HEAD.length);
        head = Buffer.alloc(0);
      }
      left -= rest.length;
      if (left > 0) return;
      left = undefined;
      answered += 1;
      if (performance.now() < end) send();
      else socket.end();
    });
    send();
    await once(socket, 'close');
  };
  await Promise.all(Array.from({ length: connections }, walk));
  return (1000 * answered) / (performance.now() - began);
}

function bodyLength(head, wanted) {
  const status = Number(head.slice(9, 12));
  if (status !== wanted) throw new Error(`It answered ${head.split('\r\n', 1)[0]}, and not ${wanted}.`);
  if (status === 304) return 0;
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(head) ?? [];
  if (length === undefined) throw new Error('It did not say how long its answer is.');
  return Number(length);
}

/** A git server that lists branches without an end. */
import { createServer } from 'node:http';

/** A server that speaks git's protocol and never comes to the end of its branches. */
export async function startEndless(): Promise<{ readonly url: string; readonly close: () => void }> {
  const line = (text: string) => `${(text.length + 4).toString(16).padStart(4, '0')}${text}`;
  const hello = ['# service=git-upload-pack\n', '', 'version 2\n', 'ls-refs=unborn\n', 'fetch=filter\n', ''];
  const id = 'a'.repeat(40);
  const server = createServer((request, response) => {
    request.resume();
    const isList = request.method === 'POST';
    const kind = isList ? 'result' : 'advertisement';
    response.writeHead(200, { 'content-type': `application/x-git-upload-pack-${kind}` });
    if (!isList) {
      response.end(hello.map((text) => (text === '' ? '0000' : line(text))).join(''));
      return;
    }
    let next = 0;
    const more = () => {
      if (response.destroyed) return;
      const lines = Array.from({ length: 1000 }, () =>
        line(`${id} refs/heads/${'x'.repeat(900)}${++next}\n`),
      );
      if (response.write(lines.join(''))) setImmediate(more);
      else response.once('drain', more);
    };
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { close, url: `http://127.0.0.1:${port}/x.git` };
}

/** Opens a network connection to a PostgreSQL server, with TLS where the URL asks for it. */
import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { ServerPlace, TlsSettings } from './database-url.js';

const KEEP_ALIVE_MS = 60_000;
/** The message SSLRequest of PostgreSQL's protocol. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const YES = 'S'.charCodeAt(0);

/**
 * @param signal ends the attempt
 * @returns a connection on which the server waits for the first message
 */
export async function dial(place: ServerPlace, tls: TlsSettings, signal: AbortSignal): Promise<Socket> {
  const wire = connect({ ...place, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
  ignoreErrors(wire);
  try {
    await once(wire, 'connect', { signal });
    if ('path' in place || tls.use === 'never') return wire;
    if (!tls.direct && !(await takesTls(wire, signal))) {
      if (tls.use === 'prefer') return wire;
      throw Object.assign(new Error('The server takes no TLS.'), { code: 'ERR_TLS_REFUSED' });
    }
    return await encrypt(wire, { place, tls, signal });
  } catch (error) {
    wire.destroy();
    throw error;
  }
}

async function takesTls(wire: Socket, signal: AbortSignal): Promise<boolean> {
  wire.write(SSL_REQUEST);
  const [answer] = (await once(wire, 'data', { signal })) as [Buffer];
  wire.pause();
  // More than one byte comes from an attacker who injects what the client would take for an answer within TLS.
  if (answer.length === 1) return answer[0] === YES;
  throw Object.assign(new Error('The server sent more than an answer before TLS.'), { code: 'EPROTO' });
}

interface Encryption {
  readonly place: Extract<ServerPlace, { host: string }>;
  readonly tls: TlsSettings;
  readonly signal: AbortSignal;
}

async function encrypt(wire: Socket, { place: { host }, tls, signal }: Encryption): Promise<Socket> {
  const { ca, cert, key, verify } = tls;
  const options: ConnectionOptions = {
    ...{ socket: wire, host, ca, cert, key, rejectUnauthorized: verify !== 'nothing' },
    // TLS allows no IP address as a server name; the certificate is checked for the address all the same.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(verify === 'signer' ? { checkServerIdentity: () => undefined } : {}),
    ...(tls.direct ? { ALPNProtocols: ['postgresql'] } : {}),
  };
  const encrypted = connectTls(options);
  ignoreErrors(encrypted);
  encrypted.on('close', () => wire.destroy());
  await once(encrypted, 'secureConnect', { signal });
  return encrypted;
}

/** The code that waits for a socket receives its error; an error that comes later would end the process. */
function ignoreErrors(socket: Socket): void {
  socket.on('error', () => {});
}

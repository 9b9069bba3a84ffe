/** The setting that says at which address the server listens. */
import { isIP, isIPv4 } from 'node:net';
import { z } from 'zod';

// A name whose last part is a number is a mistyped IPv4 address (URL Standard, 3.5).
const NAME = /^(?!(?:.*\.)?\d+$)[\w-]+(?:\.[\w-]+)*$/;

/** An IP address, without the brackets that an IPv6 address has in a URL, or the name of a host. */
export const listenAddress = z
  .string()
  .transform((text) => text.replace(/^\[(.*)\]$/, '$1'))
  .refine((text) => isIP(text) !== 0 || NAME.test(text), {
    error: 'must be an IP address or the name of a host',
  });

/** Whether only programs of this machine can reach it. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}

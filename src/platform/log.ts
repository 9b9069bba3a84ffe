/** The log: one JSON line an event, on standard error, with secrets removed. */
import { pino } from 'pino';
import { hideSecrets } from '../domain/hide-secrets.js';

export type Log = pino.Logger;

/** The fields that no line may show, whoever hands them in by mistake. */
const SECRET_FIELDS = [
  ...['authorization', 'token', 'readToken', 'secret', 'secrets', 'webhookSecrets', 'password'],
  ...[
    'x-gitlab-token',
    'x-hub-signature-256',
    'x-gitea-signature',
    'x-forgejo-signature',
    'webhook-signature',
  ],
];

/** Makes the log of a process. */
export function openLog(process: string, level: string): Log {
  return pino(
    {
      level,
      base: { process },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { error: describeError },
      redact: SECRET_FIELDS.flatMap((name) => [`["${name}"]`, `*["${name}"]`]),
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

/** A log for a person at a terminal: the message alone, as a line of its own, from level `info` on. */
export function openPlainLog(write: (line: string) => void): Log {
  return pino(
    { base: null, timestamp: false },
    { write: (line) => write(`${(JSON.parse(line) as { msg: string }).msg}\n`) },
  );
}

/** An error as the log shows it: code, message, what to do, cause. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return hideSecrets(String(error));
  const { code, remedy, cause } = error as Error & { code?: unknown; remedy?: unknown };
  return {
    name: error.name,
    code,
    message: hideSecrets(error.message),
    remedy,
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
    stack: hideSecrets(error.stack ?? ''),
  };
}

/** Opens the log: one JSON line for each event, on standard error, with secrets removed. */
import { pino } from 'pino';
import { hideSecrets } from '../domain/hide-secrets.js';

export type Log = pino.Logger;

/** The fields that no line may show, even if code logs them by mistake. */
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

/** How many bytes are kept while standard error cannot be written. */
const KEPT_BYTES = 1024 * 1024;

/** Opens the log of a process. A log that cannot be written, as on a full disk, never stops the process. */
export function openLog(process: string, level: string): Log {
  const destination = pino.destination({ fd: 2, sync: true, maxLength: KEPT_BYTES });
  let failures = 0;
  let lost = 0;
  const log = pino(
    {
      level,
      base: { process },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { error: describeError },
      redact: SECRET_FIELDS.flatMap((name) => [`["${name}"]`, `*["${name}"]`]),
    },
    destination,
  );
  // Without a listener an error would end the process. Pino retries unwritten lines with each line that follows.
  destination.on('error', () => {
    failures += 1;
  });
  destination.on('drop', () => {
    lost += 1;
  });
  destination.on('write', () => {
    if (failures === 0) return;
    const counts = { failures, lost };
    failures = 0;
    lost = 0;
    log.warn(counts, 'the log could not be written for a while; "lost" lines of it are missing');
  });
  return log;
}

/** Opens a log for a person at a terminal: only the messages, each on a line, from level `info` on. */
export function openPlainLog(write: (line: string) => void): Log {
  return pino(
    { base: null, timestamp: false },
    { write: (line) => write(`${(JSON.parse(line) as { msg: string }).msg}\n`) },
  );
}

/** The log's form of an error: code, message, remedy, cause. */
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

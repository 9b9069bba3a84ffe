/** What a check can do to the worker that runs it: shell scripts, and how each check has to end. */
import type { ErrorCode } from '../../src/domain/errors.js';

export interface HostileCheck {
  /** Also the slug of the repository whose check it is. */
  readonly slug: string;
  readonly script: string;
  /** `written`: it has a result after all. */
  readonly ends: ErrorCode | 'written';
  /** What the message of the failure says. */
  readonly says: readonly RegExp[];
  /** Whether only namespaces reach all that it starts. */
  readonly leavesItsGroup?: true;
}

const FINDING = '{"check":"x","severity":"%s","message":"it found this"}';
const prints = (findings: string, code: number, repo = '$2') =>
  `printf '{"repo": "%s", "findings": [%s]}' "${repo}" '${findings}'; exit ${code}`;
const DEAF = "trap '' TERM";
const DEAF_IN_ITS_SESSION = `setsid sh -c "${DEAF}; while :; do sleep 600; done"`;

const TIMED_OUT = /^The checker did not end within 2 s; it .+ after [\d.]+ s\./;
const KILLED = /; it was ended by SIGKILL after [4-9]\.\d s\./;
const timedOut = { ends: 'checker_timed_out', says: [TIMED_OUT] } as const;
const flooded = (where: string, what: RegExp) =>
  ({
    ends: 'checker_flooded',
    says: [new RegExp(`^The checker printed more than 8 MiB on ${where}; it .+ after `), what],
  }) as const;
const noResult = (...says: RegExp[]) => ({ ends: 'checker_output_invalid', says }) as const;

const THAT_HANG: readonly HostileCheck[] = [
  {
    slug: 'hangs',
    script: 'echo begun; echo oh >&2; exec sleep 600',
    ...timedOut,
    says: [TIMED_OUT, /Standard output: begun Standard error: oh$/],
  },
  {
    slug: 'ignores-term',
    script: `${DEAF}; while :; do sleep 600; done`,
    ...timedOut,
    says: [TIMED_OUT, KILLED],
  },
  { slug: 'stops-itself', script: 'kill -STOP 0', ...timedOut, says: [TIMED_OUT, KILLED] },
  {
    slug: 'hangs-in-sessions',
    script: `${DEAF}; ${DEAF_IN_ITS_SESSION} & sleep 600; sleep 600`,
    ...timedOut,
    leavesItsGroup: true,
  },
  { slug: 'closes-stdout', script: 'exec >&-; sleep 600', ...timedOut },
  {
    slug: 'trickles',
    script: 'while :; do printf x; sleep 0.02; done',
    ...timedOut,
    says: [TIMED_OUT, /Standard output: xxx/],
  },
  { slug: 'prints-byte-by-byte', script: 'exec dd if=/dev/zero bs=1 2> /dev/null', ...timedOut },
  { slug: 'eats-memory', script: '{ head -c 128M /dev/zero; sleep 600; } | tail', ...timedOut },
  {
    slug: 'forks',
    script: 'n=0; while [ $n -lt 200 ]; do n=$((n + 1)); setsid sleep 600 & done; wait',
    ...timedOut,
    leavesItsGroup: true,
  },
];

const THAT_FLOOD: readonly HostileCheck[] = [
  {
    slug: 'floods-stdout',
    script: 'echo first; exec yes',
    ...flooded('standard output', /Standard output, cut: first\ny\ny[\s\S]+ … [y\n]+$/),
  },
  {
    slug: 'floods-stderr',
    script: 'echo first >&2; exec yes >&2',
    ...flooded('standard error', /Standard error, cut: first\ny[\s\S]+ … [y\n]+$/),
  },
  {
    slug: 'floods-both',
    script: 'yes out & exec yes err >&2',
    ...flooded('standard (?:output|error)[a-z ]*', /Standard (?:output, cut: out\nout|error, cut: err\nerr)/),
  },
  {
    slug: 'floods-on',
    script: `${DEAF}; exec yes`,
    ...flooded('standard output', /it was ended by SIGKILL after [2-9]/),
  },
];

const THAT_END: readonly HostileCheck[] = [
  {
    slug: 'exits-139',
    script: 'echo last words; exit 139',
    ends: 'checker_crashed',
    says: [/^The checker exited with code 139 \(128 \+ SIGSEGV\) after \d/, /Standard output: last words$/],
  },
  { slug: 'segfaults', script: 'kill -SEGV $$', ends: 'checker_crashed', says: [/ SIGSEGV\)? after \d/] },
  {
    slug: 'is-killed',
    script: 'kill -KILL 0',
    ends: 'checker_crashed',
    says: [/^The checker was ended by SIGKILL after \d/],
  },
  {
    slug: 'denies-a-fail',
    script: prints(FINDING.replace('%s', 'FAIL'), 0),
    ends: 'checker_contradicts_itself',
    says: [/ exited with code 0 .* hold a FAIL, which is code 1/, /Standard output: .*it found this/],
  },
  {
    slug: 'invents-a-fail',
    script: prints('', 1),
    ends: 'checker_contradicts_itself',
    says: [/ exited with code 1 .* hold neither/, /Standard output: \{/],
  },
  {
    slug: 'says-nothing',
    script: 'exit 2',
    ...noResult(/ exited with code 2 after .* is not the JSON object that is agreed/),
  },
  {
    slug: 'says-half',
    script: `(${prints('', 0)}) | head -c 20; exit 0`,
    ...noResult(/not the JSON object/, /Standard output: \{"repo": "says-half"/),
  },
  {
    slug: 'says-another',
    script: prints('', 0, 'other'),
    ...noResult(/it answers for the repository "other"/),
  },
  {
    slug: 'says-deep',
    script: "head -c 100000 /dev/zero | tr '\\0' '['; exit 0",
    ...noResult(/not the JSON object/, /cut: \[{200}/),
  },
  {
    slug: 'says-a-million',
    script: 'cat "$here/a-million"; exit 2',
    ...noResult(/agreed at findings\.0\.check/),
  },
  {
    slug: 'prints-secrets',
    script: String.raw`printf 'https://me:hush@git.example/x \033[31mred\033]0;title\007 ?token=hush \342\200\256' >&2; exit 70`,
    ends: 'checker_crashed',
    says: [/Standard error: https:\/\/\*\*\*@git\.example\/x \[31mred\]0;title \?token=\*\*\* \ufffd$/],
  },
];

/** What has a result and yet is not harmless. */
const THAT_WORK: readonly HostileCheck[] = [
  {
    slug: 'leaves-a-session',
    script: `${DEAF_IN_ITS_SESSION} &`,
    ends: 'written',
    says: [],
    leavesItsGroup: true,
  },
  {
    slug: 'leaves-daemons',
    script: '(setsid sh -c "setsid sleep 600 < /dev/null > /dev/null 2>&1 & sleep 600" &)',
    ends: 'written',
    says: [],
    leavesItsGroup: true,
  },
  {
    slug: 'finds-very-much',
    script: 'cat "$here/very-much"; exit 0',
    ends: 'written',
    says: [],
  },
];

export const HOSTILE_CHECKS: readonly HostileCheck[] = [
  ...THAT_HANG,
  ...THAT_FLOOD,
  ...THAT_END,
  ...THAT_WORK,
];

/** What is printed by some, too large for a script: files beside the checker, by name. */
export const LARGE_OUTPUTS = {
  'a-million': () => report('says-a-million', {}, 1_000_000),
  // Just below 8 MiB.
  'very-much': () => report('finds-very-much', { check: 'x', severity: 'INFO', message: '' }, 180_000),
} as const;

function report(repo: string, finding: object, times: number): string {
  return JSON.stringify({ repo, findings: Array.from({ length: times }, () => finding) });
}

/** Removes from text what secret scanners would find, before it is stored, logged or shown. The only place that does. */
import { cleanText } from './text.js';

/** What replaces a secret. */
export const HIDDEN = '***';

/**
 * Tokens with a known beginning, in the forms that their issuers publish. Each has a least length, so that no ordinary word
 * matches.
 */
const TOKENS = [
  // GitHub; GitLab, its runners, deployments and agents; Bitbucket and Atlassian; Gitea and Forgejo have no such form.
  'gh[pousr]_[A-Za-z0-9_.-]{20,255}|github_pat_\\w{20,255}',
  'gl(?:agent|cbt|dt|ffct|ft|imt|oas|pat|ptt|rt|rtr|soat|wt)-[\\w.-]{16,255}|GR1348941[\\w-]{16,64}',
  'AT(?:ATT|BB|CTT)[\\w=-]{20,255}',
  // Clouds: AWS, Google, DigitalOcean, Databricks, Alibaba.
  '(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[A-Z0-9]{16}',
  'AIza[\\w-]{35}|ya29\\.[\\w.-]{20,2048}|GOCSPX-[\\w-]{20,64}',
  'do[opr]_v1_[0-9a-f]{64}|dapi[0-9a-f]{32}|LTAI[A-Za-z0-9]{12,30}',
  // Registries of packages and images.
  'npm_\\w{30,64}|pypi-[\\w-]{16,512}|rubygems_[0-9a-f]{48}|dckr_[op]at_[\\w-]{20,64}|oy2[a-z0-9]{43}',
  // Chat, payment, mail, and others.
  'xox[a-z](?:\\.xox[a-z])?-[\\w-]{10,255}|xapp-[\\w-]{10,255}',
  '[prs]k_(?:live|test)_\\w{10,255}|whsec_[\\w+/=-]{16,255}|sq0[a-z]{3}-[\\w-]{20,64}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}',
  'SG\\.[\\w-]{16,64}\\.[\\w-]{16,64}|key-[0-9a-f]{32}',
  'sk-(?=[\\w-]{0,255}[A-Z])(?=[\\w-]{0,255}\\d)[\\w-]{20,255}|hf_[A-Za-z0-9]{30,64}|gsk_\\w{40,64}|xai-\\w{40,128}|r8_\\w{30,64}',
  'hv[brs]\\.[\\w-]{20,255}|glsa_\\w{32,64}|glc_[\\w+/=-]{32,512}|dp\\.(?:ct|pt|scim|st)\\.[\\w.-]{20,128}',
  'lin_api_\\w{32,64}|figd_[\\w-]{20,64}|pul-[0-9a-f]{40}|tskey-[\\w-]{16,128}|sntry[su]_[\\w+/=-]{40,512}',
  'AGE-SECRET-KEY-1[A-Z0-9]{50,64}',
];

const NAMES =
  'passw(?:or)?d|passwd|passphrase|pwd|secret|token|credentials?|_auth|(?:access|account|api|deploy|encryption|license|master|private|secret|signing)[-_.]?key';
/** The name of a secret, with what may follow that word, and the separator before its value. */
const NAMED = `(?:${NAMES})[\\w-]{0,40}["'\`\\]]{0,2}[ \\t]{0,3}(?:=>|:=|[=:])[ \\t]{0,3}`;
// `DOI_TOKEN: must have …` is a message of this program.
const NO_VALUE = '(?!must (?:be|have) )';
const VALUE = '[^\\s"\'`,;&#<>]';

// The end of a private key whose beginning is missing.
const KEY_END = /^[\w+/=\s]{0,16384}-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;

/** Each takes linear time: a match at one place is limited in length, or the characters it reads are consumed. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}-----|$)/g,
    HIDDEN,
  ],
  [KEY_END, HIDDEN],
  [new RegExp(`(?<![A-Za-z0-9])(?:${TOKENS.join('|')})[\\w-]*`, 'g'), HIDDEN],
  // JSON Web Tokens.
  [/(?<![\w-])ey[\w-]{10,4096}\.ey[\w-]{10,4096}(?:\.[\w-]{0,4096})?/g, HIDDEN],
  // The user info of a URL: to the last @ before the path, or further where a colon shows that a password has a slash.
  [/:\/\/[^\s/"'`<>]*@/g, `://${HIDDEN}@`],
  [/:\/\/[^\s/@:"'`<>]{0,100}:[^\s@"'`<>]{1,300}@/g, `://${HIDDEN}@`],
  [/(?<![\w.@/:-])[\w.-]{1,64}:[^\s@/:"'`<>]{1,200}@(?=[\w.-]{1,255}:)/g, `${HIDDEN}@`],
  [
    /([?&;][\w.-]{0,40}(?:auth|code|key|jwt|passw|secret|sig|token)[\w.-]{0,40}=)[^\s&#'"`<>]+/gi,
    `$1${HIDDEN}`,
  ],
  [
    /\b(authorization["']?[ \t]{0,3}[:=][ \t]{0,3}["']?(?:(?:basic|bearer|digest|negotiate|token)[ \t]{1,3})?)[^\s"'`,;]+/gi,
    `$1${HIDDEN}`,
  ],
  [/\b((?:basic|bearer)[ \t]{1,3})(?=[^\s\d]{0,200}\d)[\w.~+/=-]{16,4096}/gi, `$1${HIDDEN}`],
  [/\b(cookie["']?[ \t]{0,3}:[ \t]{0,3})[^\r\n"'`]+/gi, `$1${HIDDEN}`],
  [new RegExp(`(${NAMED}(["'\`]))(?!\\2)[^\\r\\n]{1,1000}?(?=\\2|$)`, 'gim'), `$1${HIDDEN}`],
  [new RegExp(`(${NAMED})${NO_VALUE}${VALUE}+`, 'gi'), `$1${HIDDEN}`],
  // Options of commands; netrc.
  [new RegExp(`((?<![\\w-])--?[\\w-]{0,40}(?:${NAMES})[ \\t]{1,3})(?!-)${VALUE}+`, 'gi'), `$1${HIDDEN}`],
  [/((?<![\w-])(?:-u|--user)[ \t=]{1,3})[^\s:"'`]{1,200}:[^\s"'`]+/g, `$1${HIDDEN}`],
  [/\b(login[ \t]{1,3}\S{1,200}[ \t\n]{1,3}password[ \t]{1,3})\S+/gi, `$1${HIDDEN}`],
];

/** Replaces what may be a secret, in linear time. */
export function hideSecrets(text: string): string {
  return RULES.reduce((hidden, [pattern, replacement]) => hidden.replace(pattern, replacement), text);
}

/**
 * Text of another program, fit to store, to log and to show: clean, without secrets, and cut to a length. It is cleaned
 * first, since a control character in a secret would hide the secret from the rules and not from a reader.
 */
export function safeText(text: string, maxLength?: number): string {
  return cleanText(hideSecrets(cleanText(text, text.length)), maxLength);
}

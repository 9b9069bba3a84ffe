/** Parses git's configuration syntax: sections, subsections, quotes, escapes, comments, continued lines. No includes. */

/** One `key = value`. The names that git compares without case are in lower case. */
export interface GitSetting {
  readonly section: string;
  /** The quoted part of a section's head, its case kept; undefined where there is none. */
  readonly subsection: string | undefined;
  readonly key: string;
  readonly value: string;
}

/**
 * Parses any text in linear time, and throws for none. It leaves out each line that git would refuse, and reads the
 * others: a broken line makes no other one wrong.
 * @param onSetting called before each setting; where it throws, the parsing ends with that
 */
export function parseGitConfig(text: string, onSetting = () => {}): GitSetting[] {
  const reader = new Reader(text.startsWith('\ufeff') ? text.slice(1) : text);
  const settings: GitSetting[] = [];
  let head: Head | undefined;
  while (!reader.atEnd) {
    const char = reader.peek();
    if (/\s/.test(char)) reader.take();
    else if (char === '#' || char === ';') reader.skipLine();
    else if (char === '[') {
      head = readHead(reader);
      // Settings under a head that does not parse have no section, and are left out below.
      if (head === undefined) reader.skipLine();
    } else {
      onSetting();
      const setting = readSetting(reader);
      if (setting === undefined) reader.skipLine();
      else if (head !== undefined) settings.push({ ...head, ...setting });
    }
  }
  return settings;
}

type Head = Pick<GitSetting, 'section' | 'subsection'>;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  peek(): string {
    return this.#text.charAt(this.#at);
  }

  take(): string {
    const char = this.peek();
    this.#at += 1;
    return char;
  }

  takeWhile(pattern: RegExp): string {
    const start = this.#at;
    while (!this.atEnd && pattern.test(this.peek())) this.#at += 1;
    return this.#text.slice(start, this.#at);
  }

  skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end === -1 ? this.#text.length : end;
  }
}

/** `[section]`, `[section "sub\"section"]`, or the old `[section.subsection]`, which git reads in lower case. */
function readHead(reader: Reader): Head | undefined {
  reader.take();
  const name = reader.takeWhile(/[A-Za-z0-9.-]/).toLowerCase();
  if (name === '') return undefined;
  if (reader.peek() === ']') {
    reader.take();
    const dot = name.indexOf('.');
    if (dot === -1) return { section: name, subsection: undefined };
    return { section: name.slice(0, dot), subsection: name.slice(dot + 1) };
  }
  reader.takeWhile(/[ \t]/);
  if (reader.peek() !== '"') return undefined;
  const subsection = readSubsection(reader);
  if (subsection === undefined || reader.peek() !== ']') return undefined;
  reader.take();
  return { section: name, subsection };
}

function readSubsection(reader: Reader): string | undefined {
  reader.take();
  const parts: string[] = [];
  while (!reader.atEnd && reader.peek() !== '\n') {
    const char = reader.take();
    if (char === '"') return parts.join('');
    if (char !== '\\') parts.push(char);
    else if (reader.atEnd || reader.peek() === '\n') return undefined;
    else parts.push(reader.take());
  }
  return undefined;
}

function readSetting(reader: Reader): Pick<GitSetting, 'key' | 'value'> | undefined {
  const key = reader.takeWhile(/[A-Za-z0-9-]/).toLowerCase();
  if (!/^[a-z]/.test(key)) return undefined;
  reader.takeWhile(/[ \t\r]/);
  // A key alone means true.
  if (reader.atEnd || /[\n#;]/.test(reader.peek())) return { key, value: 'true' };
  if (reader.take() !== '=') return undefined;
  reader.takeWhile(/[ \t\r]/);
  const value = readValue(reader);
  return value === undefined ? undefined : { key, value };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b', '"': '"', '\\': '\\' };

/** Reads to the end of the line, without the white space outside quotes at either end. */
function readValue(reader: Reader): string | undefined {
  const parts: string[] = [];
  let kept = 0;
  let quoted = false;
  while (!reader.atEnd && reader.peek() !== '\n') {
    const char = reader.take();
    if (!quoted && parts.length === 0 && /\s/.test(char)) continue;
    if (char === '"') quoted = !quoted;
    else if (char === '\\') {
      const escaped = readEscape(reader);
      if (escaped === undefined) return undefined;
      if (escaped !== '') parts.push(escaped);
    } else if (!quoted && (char === '#' || char === ';')) {
      reader.skipLine();
      break;
    } else parts.push(char);
    if (quoted || !/\s/.test(char)) kept = parts.length;
  }
  return quoted ? undefined : parts.slice(0, kept).join('');
}

/** The character that an escape stands for; empty where the backslash continues the line in the next one. */
function readEscape(reader: Reader): string | undefined {
  if (reader.peek() === '\r') reader.take();
  const char = reader.peek();
  if (char === '\n') {
    reader.take();
    return '';
  }
  const escaped = ESCAPES[char];
  if (escaped !== undefined) reader.take();
  return escaped;
}

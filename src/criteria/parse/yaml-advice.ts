/** Says what to type where a YAML parser's own reason leaves that open. */

const SPECIAL = /^(?:["'].*["']\s*\S|[@`%*&!|>[{?-](?:\s|\S))/;

/**
 * The reason why a document cannot be read, with what to type.
 * @param reason the parser's
 * @param line the text of the line that it names
 */
export function adviseOnYaml(reason: string, line: string): string {
  if (reason.startsWith('tab characters')) return `${reason}: indent with spaces`;
  const value = /^\s*(?:-\s+)*[\w.-]+:\s+(.*)$/.exec(line.slice(0, 500))?.[1];
  if (value === undefined) {
    return /^\s*(?:-\s+)*[\w.-]+:\S/.test(line.slice(0, 500))
      ? `${reason}: put a space after the colon`
      : reason;
  }
  if (/:(?:\s|$)/.test(value) && !/^["'[{]/.test(value))
    return `the value holds a colon and a space: put it in quotation marks`;
  if (SPECIAL.test(value))
    return `${reason}: put the whole value in quotation marks, since it starts with ${value.charAt(0)}`;
  return reason;
}

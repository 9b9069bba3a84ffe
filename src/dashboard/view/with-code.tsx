/** A sentence in which what stands between backticks is code. */
export function WithCode({ text }: { text: string }) {
  const parts = text.split('`');
  // An odd number of backticks is no code: nothing is hidden.
  if (parts.length % 2 === 0) return <>{text}</>;
  return <>{parts.map((part, index) => (index % 2 === 0 ? part : <code key={index}>{part}</code>))}</>;
}

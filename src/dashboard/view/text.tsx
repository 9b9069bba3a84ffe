/** Small pieces of text: links, times, code in a sentence, facts of a list. */
import type { ComponentChildren } from 'preact';
import type { CriterionId } from '../../domain/verdict.js';
import type { Link } from '../state/links.js';
import { sayExact, sayRelative } from '../state/show-time.js';

/** A link that leaves this page. It opens in another tab, which gets neither access to this one nor its address. */
export function OutLink({ text, href, title }: Link) {
  return (
    <a href={href} title={title} target="_blank" rel="noopener noreferrer external">
      {text}
    </a>
  );
}

/** The id of a criterion, with a link to what it requires. */
export function CriterionLink({ id }: { id: CriterionId }) {
  return (
    <a href={`./criteria#${id.toLowerCase()}`} title={`What ${id} requires`}>
      {id}
    </a>
  );
}

/** How long ago a time was, with the exact time on hover and for machines. */
export function TimeAgo({ time, now }: { time: string; now: number }) {
  return (
    <time dateTime={time} title={sayExact(time)}>
      {sayRelative(time, now)}
    </time>
  );
}

/** A sentence in which the parts between backticks are code. */
export function WithCode({ text }: { text: string }) {
  const parts = text.split('`');
  // With an odd number of backticks none of them marks code: the sentence is shown as it is.
  if (parts.length % 2 === 0) return <>{text}</>;
  return <>{parts.map((part, index) => (index % 2 === 0 ? part : <code key={index}>{part}</code>))}</>;
}

/** A line of a definition list. */
export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export const sayRepositories = (count: number) => `${count} ${count === 1 ? 'repository' : 'repositories'}`;

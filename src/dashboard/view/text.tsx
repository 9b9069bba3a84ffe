/** Links: to what lies elsewhere, and to what is said of a criterion. */
import type { CriterionId } from '../../domain/verdict.js';
import type { Link } from '../state/links.js';

/** A link that leaves this page. It opens beside it, knows nothing of it, and is told nothing of where it came from. */
export function OutLink({ text, href, title }: Link) {
  return (
    <a href={href} title={title} target="_blank" rel="noopener noreferrer external">
      {text}
    </a>
  );
}

/** The id of a criterion, with a link to what it asks. */
export function CriterionLink({ id }: { id: CriterionId }) {
  return (
    <a href={`./criteria#${id.toLowerCase()}`} title={`What ${id} asks`}>
      {id}
    </a>
  );
}

/** The badge of a repository, with the text to copy into a README. */
import { useState } from 'preact/hooks';

export function BadgeText({ slug }: { slug: string }) {
  const [said, setSaid] = useState('');
  const [isShown, setShown] = useState(true);
  const place = new URL(`./repos/${encodeURIComponent(slug)}/doi/badge.svg`, location.href);
  const text = `![DoI](${place.href})`;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied.');
    } catch {
      setSaid('The browser does not allow copying. Select the text and copy it.');
    }
  };
  return (
    <section>
      <h3>Badge</h3>
      <p class="badge">
        {isShown ? (
          <img src={place.href} alt={`The badge of ${slug}`} height={20} onError={() => setShown(false)} />
        ) : (
          <span class="quiet">
            This service shows badges only to readers with a token. With <code>DOI_PUBLIC_BADGES=true</code>{' '}
            it shows them to everyone.
          </span>
        )}
        <button type="button" onClick={copy}>
          Copy as Markdown
        </button>
        <span role="status">{said}</span>
      </p>
      <pre>
        <code>{text}</code>
      </pre>
    </section>
  );
}

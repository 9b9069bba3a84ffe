/** The badge of a repository, with the Markdown to copy into a README. */
import { useState } from 'preact/hooks';

export function Badge({ slug }: { slug: string }) {
  const [message, setMessage] = useState('');
  const [isShown, setShown] = useState(true);
  const address = new URL(`./repos/${encodeURIComponent(slug)}/doi/badge.svg`, location.href);
  const text = `![DoI](${address.href})`;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setMessage('Copied.');
    } catch {
      setMessage('The browser does not allow copying. Select the text and copy it.');
    }
  };
  return (
    <section>
      <h3>Badge</h3>
      <p class="badge">
        {isShown ? (
          <img src={address.href} alt={`The badge of ${slug}`} height={20} onError={() => setShown(false)} />
        ) : (
          <span class="quiet">
            This service shows badges only to readers with a token. With <code>DOI_PUBLIC_BADGES=true</code>{' '}
            it shows them to everyone.
          </span>
        )}
        <button type="button" onClick={copy}>
          Copy as Markdown
        </button>
        <span role="status">{message}</span>
      </p>
      <pre>
        <code>{text}</code>
      </pre>
    </section>
  );
}

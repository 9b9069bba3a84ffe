/** What the page is shown on: how wide a screen, or paper. */
import { useEffect, useState } from 'preact/hooks';

/** Whether a media query of the style sheet holds. */
export function useMatch(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const asked = matchMedia(query);
    const look = () => setMatches(asked.matches);
    look();
    asked.addEventListener('change', look);
    return () => asked.removeEventListener('change', look);
  }, [query]);
  return matches;
}

/** Whether the page is being printed. The event comes in time to draw all that belongs on paper; a media query does not. */
export function usePrinting(): boolean {
  const [isPrinting, setPrinting] = useState(false);
  useEffect(() => {
    const begin = () => setPrinting(true);
    const end = () => setPrinting(false);
    addEventListener('beforeprint', begin);
    addEventListener('afterprint', end);
    return () => {
      removeEventListener('beforeprint', begin);
      removeEventListener('afterprint', end);
    };
  }, []);
  return isPrinting;
}

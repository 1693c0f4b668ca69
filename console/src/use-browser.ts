import { useCallback, useEffect, useState } from 'preact/hooks';
import { parseRoute, type Route, routeHash } from './route.js';

export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => window.matchMedia(query).matches);
  useEffect(() => {
    const media = window.matchMedia(query);
    const update = (): void => setMatches(media.matches);
    update();
    media.addEventListener('change', update);
    return () => media.removeEventListener('change', update);
  }, [query]);
  return matches;
}

export function useRoute(): [Route, (route: Route) => void] {
  const [route, setRoute] = useState(() => parseRoute(window.location.hash));
  useEffect(() => {
    const update = (): void => setRoute(parseRoute(window.location.hash));
    window.addEventListener('hashchange', update);
    return () => window.removeEventListener('hashchange', update);
  }, []);
  const go = useCallback((next: Route) => {
    window.location.hash = routeHash(next);
  }, []);
  return [route, go];
}

export type Theme = 'light' | 'dark';

function chosenTheme(): Theme | null {
  const { theme } = document.documentElement.dataset;
  return theme === 'light' || theme === 'dark' ? theme : null;
}

/** Follows the system until the user chooses; `public/theme.js` applies the choice before the first paint. */
export function useTheme(): [Theme, () => void] {
  const systemDark = useMedia('(prefers-color-scheme: dark)');
  const [chosen, setChosen] = useState(chosenTheme);
  const theme = chosen ?? (systemDark ? 'dark' : 'light');
  const toggle = useCallback(() => {
    const next: Theme = theme === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset.theme = next;
    window.localStorage.setItem('cozy.theme', next);
    setChosen(next);
  }, [theme]);
  return [theme, toggle];
}

/**
 * iOS lays its keyboard over the page instead of shrinking it: the height that is really visible goes to the style
 * sheet, so that the composer stays above the keyboard there too.
 */
export function followVisibleHeight(): void {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const update = (): void => {
    // A pinch zoom shrinks the visual viewport as well, and must not shrink the page.
    const covered = viewport.scale === 1 && window.innerHeight - viewport.height > 80;
    const root = document.documentElement;
    if (covered) root.style.setProperty('--visible-height', `${viewport.height}px`);
    else root.style.removeProperty('--visible-height');
    if (covered) window.scrollTo(0, 0);
  };
  viewport.addEventListener('resize', update);
}

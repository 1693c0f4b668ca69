/** The title is made in the background after a turn: these many milliseconds later it is worth a look. */
const LOOKS_MS = [0, 2000, 5000, 10_000];

/** Looks until there is a title or no look is left; the function returned ends it sooner. */
export function watchTitle(look: () => Promise<boolean>): () => void {
  let timers: ReturnType<typeof setTimeout>[] = [];
  const stop = (): void => timers.forEach(clearTimeout);
  const lookNow = async (): Promise<void> => {
    if (await look()) stop();
  };
  timers = LOOKS_MS.map((ms) => setTimeout(() => void lookNow(), ms));
  return stop;
}

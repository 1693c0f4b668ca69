/** A text without what does not change its meaning: case, spaces, the last punctuation. */
export function normalText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\s+/gu, ' ')
    .replace(/[\s.!。！…~]+$/u, '')
    .trim();
}

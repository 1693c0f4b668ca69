/** At most `most` UTF-16 units of a text, never half of a surrogate pair, with a mark where something was left out. */
export function boundedText(text: string, most: number, mark = '…'): string {
  if (text.length <= most) return text;
  const end = most - mark.length;
  const last = text.charCodeAt(end - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? end - 1 : end) + mark;
}

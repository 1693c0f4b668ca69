import { tintOf } from '../format.js';

/** By code point: half of one would show as a question mark. */
const initial = (name: string): string => (Array.from(name).at(0) ?? '?').toUpperCase();

interface AvatarProps {
  id: string;
  name: string;
  icon?: string | null | undefined;
  url?: string | null | undefined;
  large?: boolean;
}

/** Only what the page's own CSP lets through; a picture from elsewhere would stay an empty box. */
const allowed = (url: string | null | undefined): url is string => /^(data:image\/|\/(?!\/))/.test(url ?? '');

/** `icon` may be an emoji or the name of an icon in some other app's set: only the first can be shown. */
const emoji = (icon: string | null | undefined): string | null =>
  icon && /\p{Extended_Pictographic}/u.test(icon) ? icon : null;

export const Avatar = ({ id, name, icon, url, large = false }: AvatarProps) => (
  <span class={`avatar tint-${tintOf(id)} ${large ? 'avatar-large' : ''}`} aria-hidden="true">
    {allowed(url) ? <img src={url} alt="" /> : (emoji(icon) ?? initial(name))}
  </span>
);

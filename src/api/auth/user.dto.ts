import { Text, Texts } from '../dto/field.decorator.js';

/** The CozyChat web app sends whatever picture its user picks as a data: URL: here, one of 6 MB. */
const AVATAR_CHARACTERS = 8_500_000;
/** With the rest of a profile. */
export const PROFILE_BODY_BYTES = AVATAR_CHARACTERS + 65_536;

/**
 * What clients may show as a picture, and never run: not `javascript:`, nor a page in a data: URL. Browsers call pictures of
 * kinds that they do not know octet streams.
 */
const PICTURE = /^(?:https?:\/\/|\/(?!\/)|data:(?:image\/|application\/octet-stream[;,])|$)/i;

export class ProfileDto {
  @Text({ max: 80, optional: true }) display_name?: string | null;
  @Text({ max: 2000, optional: true }) bio?: string | null;
  @Texts({ maxItems: 50, max: 80, optional: true }) interests?: string[] | null;
  @Text({
    max: AVATAR_CHARACTERS,
    pattern: PICTURE,
    patternMessage: 'must be an http(s) address, a path of this site or a data: URL of an image',
    optional: true,
    description: 'An address, or a data: URL of an image.',
  })
  avatar_url?: string | null;
}

import { Text, Texts } from '../dto/field.decorator.js';

/** The CozyChat web app sends whatever picture its user picks as a data: URL: here, one of 6 MB. */
const AVATAR_CHARACTERS = 8_500_000;
/** With the rest of a profile. */
export const PROFILE_BODY_BYTES = AVATAR_CHARACTERS + 65_536;

export class ProfileDto {
  @Text({ max: 80, optional: true }) display_name?: string | null;
  @Text({ max: 2000, optional: true }) bio?: string | null;
  @Texts({ maxItems: 50, max: 80, optional: true }) interests?: string[] | null;
  @Text({ max: AVATAR_CHARACTERS, optional: true, description: 'An address, or a data: URL.' })
  avatar_url?: string | null;
}

import { Text, Texts } from '../dto/field.decorator.js';

export class ProfileDto {
  @Text({ max: 80, optional: true }) display_name?: string | null;
  @Text({ max: 2000, optional: true }) bio?: string | null;
  @Texts({ maxItems: 50, max: 80, optional: true }) interests?: string[] | null;
  @Text({ max: 700_000, optional: true, description: 'An address, or a data: URL of up to 700,000 characters.' })
  avatar_url?: string | null;
}

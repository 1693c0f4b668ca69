import { Choice, Text } from '../dto/field.decorator.js';

export class DeleteAccountDto {
  @Text({ min: 1, max: 256, description: 'The password of the account.' }) password: string;
}

export class ExportDto {
  @Choice(['true', 'false'], { optional: true, description: 'Make a new one, even where one is ready.' })
  renew?: string;
}

import { Choice } from '../dto/field.decorator.js';

export class ExportDto {
  @Choice(['true', 'false'], { optional: true, description: 'Make a new one, even where one is ready.' })
  renew?: string;
}

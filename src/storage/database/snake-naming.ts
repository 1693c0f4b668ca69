import { DefaultNamingStrategy } from 'typeorm';

const snake = (name: string) => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

/** camelCase in code, snake_case in Postgres; constraints get readable names. */
export class SnakeNaming extends DefaultNamingStrategy {
  override columnName(property: string, custom: string | undefined, prefixes: string[]): string {
    return snake([...prefixes, custom ?? property].join('_'));
  }

  override primaryKeyName(table: { name: string } | string): string {
    return `${this.tableOf(table)}_pkey`;
  }

  override foreignKeyName(table: { name: string } | string, columns: string[]): string {
    return `${this.tableOf(table)}_${columns.join('_')}_fkey`;
  }

  override uniqueConstraintName(table: { name: string } | string, columns: string[]): string {
    return `${this.tableOf(table)}_${columns.join('_')}_key`;
  }

  private tableOf(table: { name: string } | string): string {
    return (typeof table === 'string' ? table : table.name).split('.').at(-1) ?? '';
  }
}

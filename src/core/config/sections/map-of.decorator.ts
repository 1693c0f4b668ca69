import { ValidateBy } from 'class-validator';

const MOST_ENTRIES = 200;
const MOST_KEY_CHARACTERS = 256;

/** An object whose values all pass `isValue`; `what` names them to the operator. */
export const IsMapOf = (isValue: (value: unknown) => boolean, what: string): PropertyDecorator =>
  ValidateBy({
    name: 'isMapOf',
    validator: {
      validate: (map: unknown) => isMapOf(map, isValue),
      defaultMessage: () => `must map up to ${MOST_ENTRIES} names to ${what}`,
    },
  });

function isMapOf(map: unknown, isValue: (value: unknown) => boolean): boolean {
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return false;
  const entries = Object.entries(map);
  return (
    entries.length <= MOST_ENTRIES &&
    entries.every(([key, value]) => key !== '' && key.length <= MOST_KEY_CHARACTERS && isValue(value))
  );
}

import { isIP } from 'node:net';
import { ValidateBy } from 'class-validator';

/** Names that Express knows for groups of addresses. */
const PROXY_NAMES = ['loopback', 'linklocal', 'uniquelocal'];

function isAddressRange(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

function isTrustProxy(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  if (text === '' || /^\d{1,2}$/.test(text)) return true;
  return text
    .split(',')
    .map((entry) => entry.trim())
    .every((entry) => PROXY_NAMES.includes(entry) || isAddressRange(entry));
}

/** Every entry is an address or a CIDR range. */
export const AreAddressRanges = (): PropertyDecorator =>
  ValidateBy(
    {
      name: 'areAddressRanges',
      validator: {
        validate: isAddressRange,
        defaultMessage: () => 'may hold address ranges only; give e.g. 10.0.0.0/8 or ::1',
      },
    },
    { each: true },
  );

/** What Express's `trust proxy` takes. */
export const IsTrustProxy = (): PropertyDecorator =>
  ValidateBy({
    name: 'isTrustProxy',
    validator: {
      validate: isTrustProxy,
      defaultMessage: () =>
        'must be a number of hops, or address ranges separated by commas; give e.g. 1 or 10.0.0.0/8',
    },
  });

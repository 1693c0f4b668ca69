import { randomBytes } from 'node:crypto';
import { v7 } from 'uuid';

/** A time-ordered UUID, so that primary keys grow at one end of their index. */
export const newId = (): string => v7();

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => UUID.test(text);

/** `bytes` of randomness in URL-safe base64. */
export const randomToken = (bytes = 32): string => randomBytes(bytes).toString('base64url');

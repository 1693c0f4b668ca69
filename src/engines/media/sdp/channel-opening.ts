/** How data channels are opened (RFC 8832), and what their messages are (RFC 8831): numbers of the protocol. */
export const OPENING = 50;
export const TEXT = 51;
const OPEN = 0x03;
const HEADER = 12;

/** What is answered to an opening. */
export const OPENED = Buffer.from([0x02]);

export const isOpening = (message: Buffer): boolean => message.length >= HEADER && message[0] === OPEN;

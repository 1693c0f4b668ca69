/** The server cannot start; the message is one line for an operator: what is wrong and what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

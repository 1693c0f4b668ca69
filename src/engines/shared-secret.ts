/** A secret that all instances share, for what must not be forged by users. */
export class SharedSecret {
  constructor(readonly value: string) {}
}

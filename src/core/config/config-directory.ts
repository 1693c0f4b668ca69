/** The folder that configuration and personalities are read from, absolute. */
export class ConfigDirectory {
  constructor(readonly path: string) {}
}

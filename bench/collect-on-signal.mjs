// Loaded into a server whose memory is measured (with `--expose-gc`): what is garbage is not to be taken for a leak.
process.on('SIGUSR2', () => globalThis.gc?.());

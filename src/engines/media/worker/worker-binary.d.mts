export function mediasoupFolder(): string;
export function packagedWorker(): string;
export function cacheFolder(cacheHome: string | undefined): string;
export function cachedWorker(cacheHome: string | undefined): string;
export function runs(file: string): boolean;
export function findWorkerBinary(named: string | undefined, cacheHome: string | undefined): string | null;

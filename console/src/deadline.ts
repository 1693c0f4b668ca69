import { ApiError } from './api-error.js';

/** Waits for work that may never end, and says so when it did not in time. */
export async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    const error = new ApiError('The connection went quiet. Please try again.', 'CLIENT_SILENCE');
    timer = setTimeout(() => reject(error), ms);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}

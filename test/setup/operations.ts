import { call } from './account.js';

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'];

/** Every route of the server, as `POST /v1/sessions/{id}`. */
export async function operationsOf(url: string): Promise<string[]> {
  const { paths } = (await call(url, 'GET', '/openapi.json')).body as { paths: Record<string, object> };
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

export const split = (operation: string) => operation.split(' ') as [method: string, path: string];

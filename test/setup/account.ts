import { randomBytes } from 'node:crypto';

export interface Account {
  id: string;
  username: string;
  email: string;
  password: string;
  token: string;
  refreshToken: string;
  /** JSON request as this account; the answer's status, body and headers. */
  call: (method: string, route: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
}

export interface Answer {
  status: number;
  // Tests read what the server says by its documented names; a wrong one fails the test.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
  headers: Headers;
}

/** A JSON request, signed in or not. */
export async function call(
  url: string,
  method: string,
  route: string,
  options: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { token, body, headers } = options;
  const response = await fetch(url + route, {
    method,
    headers: {
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...(token && { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, body: json ? JSON.parse(text) : text, headers: response.headers };
}

/** Registers a new user with a name of its own. */
export async function newAccount(url: string): Promise<Account> {
  const username = `u${randomBytes(6).toString('hex')}`;
  const email = `${username}@example.com`;
  const password = 'correct horse battery';
  const { status, body } = await call(url, 'POST', '/v1/users/register', { body: { username, email, password } });
  if (status !== 201) throw new Error(`registration answered ${status}: ${JSON.stringify(body)}`);
  const token = body.access_token as string;
  return {
    id: body.user.id as string,
    username,
    email,
    password,
    token,
    refreshToken: body.refresh_token as string,
    call: (method, route, requestBody, headers = {}) => call(url, method, route, { token, body: requestBody, headers }),
  };
}

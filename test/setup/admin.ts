import { type Account, call } from './account.js';

const ADMIN = { username: 'first-admin', email: 'first-admin@example.com', password: 'an admin pass phrase' };

/** Makes the server's first admin at its start. */
export const ADMIN_ENV = {
  ADMIN_USERNAME: ADMIN.username,
  ADMIN_EMAIL: ADMIN.email,
  ADMIN_PASSWORD: ADMIN.password,
};

/** Signs in somebody who exists. */
export async function signIn(url: string, username: string, password: string): Promise<Account> {
  const { status, body } = await call(url, 'POST', '/v1/users/login', { body: { username, password } });
  if (status !== 200) throw new Error(`signing in answered ${status}: ${JSON.stringify(body)}`);
  const token = body.access_token as string;
  return {
    id: body.user.id as string,
    username,
    email: body.user.email as string,
    password,
    token,
    refreshToken: body.refresh_token as string,
    call: (method, route, requestBody, headers = {}) => call(url, method, route, { token, body: requestBody, headers }),
  };
}

/** The admin of a server started with `ADMIN_ENV`. */
export const firstAdmin = (url: string): Promise<Account> => signIn(url, ADMIN.username, ADMIN.password);

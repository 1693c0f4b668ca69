// `node sign-up.mjs 50 > people.csv`: signs up so many people at TARGET, and writes an access token a line.
import { randomBytes } from 'node:crypto';

const { TARGET } = process.env;
const count = Number(process.argv[2]);
if (!TARGET || !(count > 0)) throw new Error('TARGET=https://… node sign-up.mjs COUNT > people.csv');

for (let at = 0; at < count; at += 1) {
  const username = `load${randomBytes(6).toString('hex')}`;
  const response = await fetch(`${TARGET}/v1/users/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, email: `${username}@example.com`, password: randomBytes(12).toString('hex') }),
  });
  if (!response.ok) throw new Error(`The server answered ${response.status}: ${await response.text()}`);
  process.stdout.write(`${(await response.json()).access_token}\n`);
}

import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { MediaSection } from '../../../core/config/sections/media.section.js';
import { iceServersFor } from './ice-servers.js';

const section = (fields: object) => Object.assign(new MediaSection(), fields);

it('are none where none are configured', () => {
  expect(iceServersFor('ana', section({}), 0)).toEqual([]);
});

it('are told as configured', () => {
  const ice_servers = [
    { urls: ['stun:stun.example.org:3478'] },
    { urls: ['turn:t.example.org'], username: 'u', credential: 'c' },
  ];
  expect(iceServersFor('ana', section({ ice_servers }), 0)).toEqual(ice_servers);
});

it('with a shared secret have credentials that end, as coturn checks them', () => {
  const turn = { urls: ['turn:turn.example.org:3478'], secret: 'a shared secret', ttl_seconds: 600 };
  const [server] = iceServersFor('ana', section({ turn }), 1_700_000_000_999);
  const username = '1700000600:ana';
  const credential = createHmac('sha1', 'a shared secret').update(username).digest('base64');
  expect(server).toEqual({ urls: turn.urls, username, credential });
});

import { describe, expect, it } from 'vitest';
import { isPublicAddress, urlProblem } from './address-guard.js';

const PUBLIC = ['1.1.1.1', '8.8.8.8', '93.184.216.34', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'];

const NOT_PUBLIC: [string, string[]][] = [
  ['unspecified', ['0.0.0.0', '0.1.2.3', '::']],
  ['loopback', ['127.0.0.1', '127.255.255.254', '::1', '0:0:0:0:0:0:0:1']],
  ['private', ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.1.1']],
  ['link-local', ['169.254.0.1', 'fe80::1', 'fe80::1%eth0', 'febf::1']],
  ['metadata', ['169.254.169.254', 'fd00:ec2::254', '100.100.100.200', '168.63.129.16', '192.0.0.192']],
  ['carrier-grade NAT', ['100.64.0.1', '100.127.255.254']],
  ['unique local and site-local', ['fc00::1', 'fdff::1', 'fec0::1']],
  ['multicast', ['224.0.0.1', '239.255.255.255', 'ff02::1']],
  ['reserved and broadcast', ['240.0.0.1', '255.255.255.255', '192.0.0.1']],
  ['documentation', ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1']],
  ['benchmarking', ['198.18.0.1', '198.19.255.255', '2001:2::1']],
  ['IPv4 inside IPv6', ['::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:7f00:1', '::127.0.0.1', '::ffff:0:7f00:1']],
  ['NAT64', ['64:ff9b::7f00:1', '64:ff9b::808:808', '64:ff9b:1::1']],
  ['6to4 and its relays', ['2002:7f00:1::', '192.88.99.1']],
  ['Teredo', ['2001::1', '2001:0:7f00:1::']],
  [
    'discard, ORCHID, AS112, AMT',
    ['100::1', '2001:10::1', '2001:20::1', '192.31.196.1', '192.52.193.1', '2620:4f:8000::1'],
  ],
  ['outside 2000::/3', ['4000::1', '5f00::1', '1::1', 'e000::1']],
  ['no address', ['', 'localhost', '127.1', '2130706433', '0x7f000001', '1.1.1.1.', '[::1]', '1.1.1.1/8']],
];

describe('isPublicAddress', () => {
  it.each(PUBLIC)('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each(NOT_PUBLIC.flatMap(([kind, addresses]) => addresses.map((address) => [kind, address])))(
    '%s: %j is not',
    (_, address) => {
      expect(isPublicAddress(address ?? '')).toBe(false);
    },
  );
});

describe('urlProblem', () => {
  it.each([
    'http://example.com',
    'https://example.com:8443/a?b#c',
    'http://93.184.216.34:8080/',
    'https://[2606:4700::1111]/',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://bücher.example/',
  ])('%s may be asked for', (url) => {
    expect(urlProblem(new URL(url), false)).toBeUndefined();
  });

  it.each([
    'http://127.0.0.1/',
    'http://127.0.0.1./',
    'http://2130706433/',
    'http://0177.0.0.1/',
    'http://0x7f.0.0.1/',
    'http://0x7f000001/',
    'http://017700000001/',
    'http://127.1/',
    'http://127.0.1/',
    'http://0/',
    'http://①②⑦.⓪.⓪.①/',
    'http://127。0。0。1/',
    'http://%31%32%37.0.0.1/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[0:0:0:0:0:ffff:127.0.0.1]/',
    'http://[64:ff9b::127.0.0.1]/',
    'http://[fd00:ec2::254]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://2852039166/',
    'http://localhost/',
    'http://localhost./',
    'http://LOCALHOST:80/',
    'http://a.localhost/',
    'http://a.localhost./',
  ])('%s is not public', (url) => {
    expect(urlProblem(new URL(url), false)).toMatch('public internet');
    expect(urlProblem(new URL(url), true)).toBeUndefined();
  });

  it.each([
    ['ftp://example.com/', 'http and https'],
    ['file:///etc/passwd', 'http and https'],
    ['data:text/plain,a', 'http and https'],
    ['gopher://example.com/', 'http and https'],
    ['javascript:alert(1)', 'http and https'],
    ['http://user@example.com/', 'user name'],
    ['http://:word@example.com/', 'user name'],
    ['http://example.com:25/', 'port 25'],
    ['https://example.com:22/', 'port 22'],
    ['http://example.com:6667/', 'port 6667'],
  ])('%s is refused, trusted or not: %s', (url, problem) => {
    expect(urlProblem(new URL(url), false)).toMatch(problem);
    expect(urlProblem(new URL(url), true)).toMatch(problem);
  });
});

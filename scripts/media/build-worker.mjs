// `npm run media:build`: compiles mediasoup's worker from the sources of the installed package with Debian's libraries,
// for closed networks and CI. Upstream's own build fetches its libraries from GitHub. Done once a version: kept in a cache.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cachedWorker, mediasoupFolder, runs } from './worker-binary.mjs';

const PACKAGES =
  'g++ ninja-build pkg-config flatbuffers-compiler libflatbuffers-dev libuv1-dev libsrtp2-dev libssl-dev libabsl-dev libusrsctp-dev';
const TOOLS = ['g++', 'ninja', 'pkg-config', 'flatc'];
/** What nearly every source includes, compiled once. */
const PRECOMPILED = [
  '"common.hpp"',
  '<map>',
  '<string>',
  '<unordered_map>',
  '<vector>',
  '"FBS/message.h"',
  '"FBS/router.h"',
  '"FBS/transport.h"',
  '"FBS/worker.h"',
];
const DTLS = 'src/RTC/DtlsTransport.cpp';

const worker = path.join(mediasoupFolder(), 'worker');
const shims = path.join(import.meta.dirname, 'shims');
const source = (file) => readFileSync(path.join(worker, file), 'utf8');

function fail(reason) {
  process.stderr.write(`The media worker cannot be built: ${reason}\n`);
  process.exit(1);
}

function checkTools() {
  const missing = TOOLS.filter((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status !== 0);
  if (missing.length === 0) return;
  fail(`${missing.join(', ')} missing. On Debian 12:\n  apt-get install -y --no-install-recommends ${PACKAGES}`);
}

/** The lists are those of the package's own meson files, without io_uring. */
function sources() {
  const list =
    source('meson.build')
      .match(/common_sources \+?= \[[^\]]*\]/g)
      ?.join('\n') ?? '';
  const own = [...list.matchAll(/'(src\/[^']+\.cpp)'/g)]
    .map(([, file]) => file)
    .filter((file) => !file.includes('Uring'));
  const libwebrtc = [...source('deps/libwebrtc/meson.build').matchAll(/^ {2}'([^']+\.cc)'/gm)];
  return [...own, 'src/main.cpp', ...libwebrtc.map(([, file]) => `deps/libwebrtc/${file}`)];
}

/**
 * The callback on the outgoing BIO answers 1 to every control call. An OpenSSL with kernel TLS, as Debian's is, takes that
 * for "this BIO does kTLS", allocates no buffer to write to, and dies in the first handshake. So what a call returned is
 * kept, whatever the call was.
 */
function fixDtls(build) {
  const before = source(DTLS);
  const after = before.replace('operationType == BIO_CB_RETURN)', 'operationType & BIO_CB_RETURN)');
  if (after === before) fail(`the kTLS fix fits nothing in ${DTLS}; see whether this version still needs it`);
  const file = path.join(build, 'DtlsTransport.cpp');
  writeFileSync(file, after);
  return file;
}

function ninjaFile(build, output) {
  const files = sources();
  const fixed = fixDtls(build);
  const standard = source('meson.build').match(/c\+\+\d+/)?.[0] ?? 'c++20';
  const abseil = execFileSync('pkg-config', ['--libs', 'absl_flat_hash_map', 'absl_strings', 'absl_optional'], {
    encoding: 'utf8',
  });
  const includes = [
    shims,
    `${worker}/include`,
    build,
    `${worker}/deps/libwebrtc`,
    `${worker}/deps/libwebrtc/libwebrtc`,
  ];
  const defines = ['MS_LITTLE_ENDIAN', 'MS_EXECUTABLE', 'FLATBUFFERS_LOCALE_INDEPENDENT=1', 'NDEBUG'];
  const flags = [
    '-O2',
    '-w',
    '-pthread',
    ...defines.map((name) => `-D${name}`),
    ...includes.map((name) => `-I${name}`),
  ];
  const object = (file) => `${build}/${file}.o`;
  const compiled = files.flatMap((file) => [
    `build ${object(file)}: cc ${file === DTLS ? fixed : `${worker}/${file}`} | ${build}/pch.hpp.gch`,
    ...(file.startsWith('src/') ? [`  pch = -include ${build}/pch.hpp`] : []),
  ]);
  return [
    `builddir = ${build}`,
    `cxx = g++ -std=${standard} ${flags.join(' ')}`,
    'rule pch',
    '  command = $cxx -x c++-header $in -o $out',
    'rule cc',
    '  command = $cxx $pch -MMD -MF $out.d -c $in -o $out',
    '  depfile = $out.d',
    '  deps = gcc',
    'rule ld',
    '  command = g++ -pthread -s @$out.rsp $libs -o $out',
    '  rspfile = $out.rsp',
    '  rspfile_content = $in',
    `build ${build}/pch.hpp.gch: pch ${build}/pch.hpp`,
    ...compiled,
    `build ${output}: ld ${files.map(object).join(' ')}`,
    `  libs = -Wl,--as-needed -lssl -lcrypto -luv -lsrtp2 ${abseil.trim()} -lusrsctp`,
    '',
  ].join('\n');
}

function compile(build, output) {
  mkdirSync(path.join(build, 'FBS'));
  const files = readdirSync(path.join(worker, 'fbs')).filter((name) => name.endsWith('.fbs'));
  const style = ['--cpp-field-case-style', 'lower', '--reflect-names', '--scoped-enums', '--filename-suffix', ''];
  const schemas = files.map((name) => path.join(worker, 'fbs', name));
  execFileSync('flatc', ['--cpp', ...style, '-o', path.join(build, 'FBS'), ...schemas]);
  writeFileSync(path.join(build, 'pch.hpp'), PRECOMPILED.map((name) => `#include ${name}\n`).join(''));
  writeFileSync(path.join(build, 'build.ninja'), ninjaFile(build, output));
  const jobs = process.env.JOBS || String(os.availableParallelism());
  execFileSync('ninja', ['-f', path.join(build, 'build.ninja'), '-j', jobs, '--quiet'], { stdio: 'inherit' });
}

function main() {
  const target = cachedWorker(process.env.XDG_CACHE_HOME);
  if (runs(target)) {
    process.stdout.write(`The media worker is built already: ${target}\n`);
    return;
  }
  checkTools();
  process.stdout.write('Building the media worker; on two cores this takes about three minutes …\n');
  const build = mkdtempSync(path.join(os.tmpdir(), 'cozy-media-worker-'));
  try {
    const output = path.join(build, 'mediasoup-worker');
    compile(build, output);
    if (!runs(output)) fail('what was built does not run on this machine');
    mkdirSync(path.dirname(target), { recursive: true });
    // Moved into place whole: a build that is broken off leaves nothing that looks like a worker.
    writeFileSync(`${target}.${process.pid}`, readFileSync(output), { mode: 0o755 });
    renameSync(`${target}.${process.pid}`, target);
  } finally {
    rmSync(build, { recursive: true, force: true });
  }
  process.stdout.write(`The media worker is built: ${target}\n`);
}

main();

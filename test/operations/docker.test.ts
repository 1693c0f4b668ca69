import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../setup/monitoring.js';

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const text = read('docker/Dockerfile');
const dockerfile = DockerfileParser.parse(text);
const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);
const ignored = new Set(read('.dockerignore').split('\n').filter(Boolean));
const stages = dockerfile.getFROMs();

const words = (instruction: { getArguments(): { getValue(): string }[] }) =>
  instruction.getArguments().map((word) => word.getValue());

describe('docker/Dockerfile', () => {
  it('has no flaw that a linter knows', () => {
    expect(validate(text)).toEqual([]);
  });

  it('copies what there is, and nothing that is kept from it', () => {
    const copied = dockerfile.getCOPYs().filter((copy) => copy.getFromFlag() === null);
    expect(copied.length).toBeGreaterThan(0);
    for (const source of copied.flatMap((copy) => words(copy).slice(0, -1))) {
      expect({ source, exists: existsSync(path.join(ROOT, source)), ignored: ignored.has(source) }).toEqual({
        source,
        exists: true,
        ignored: false,
      });
    }
  });

  it('takes from stages that there are, whichever media worker is wanted', () => {
    const names = stages.map((stage) => stage.getBuildStage()).filter((name) => name !== null);
    const froms = stages.map((stage) => stage.getImage() ?? '');
    const choices = ['download', 'build', 'none'].map((choice) => `media-${choice}`);
    expect(names).toEqual(expect.arrayContaining(choices));
    for (const image of froms) expect([...names, 'node:24-bookworm-slim', 'media-${MEDIA_WORKER}']).toContain(image);
    const sources = dockerfile.getCOPYs().flatMap((copy) => copy.getFromFlag()?.getValue() ?? []);
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.filter((source) => !names.includes(source))).toEqual([]);
  });

  it('runs npm scripts that there are', () => {
    const called = [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name]) => name);
    expect(called.length).toBeGreaterThan(0);
    for (const script of called) expect(scripts).toContain(script);
  });

  it('makes no folder that the base image has: the build ended at mkdir /media', () => {
    const debian =
      '/bin /boot /dev /etc /home /lib /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /var';
    const made = [...text.matchAll(/mkdir (\/\S+)/g)].map(([, folder]) => folder);
    expect(made).toContain('/data');
    expect(made.filter((folder) => debian.split(' ').includes(folder ?? ''))).toEqual([]);
  });

  it('ends as nobody in particular, with a health check', () => {
    const last = dockerfile
      .getInstructions()
      .slice(-5)
      .map((instruction) => instruction.getKeyword());
    expect(last).toEqual(expect.arrayContaining(['USER', 'HEALTHCHECK', 'CMD']));
    expect(text).toMatch(/^USER node$/m);
  });
});

describe('docker/compose.yml', () => {
  const compose = parse(read('docker/compose.yml')) as {
    services: Record<string, { volumes?: string[]; secrets?: string[]; depends_on?: object | string[] }>;
    volumes: Record<string, null>;
    secrets: Record<string, { environment: string }>;
  };
  const services = Object.entries(compose.services);

  it('mounts what there is', () => {
    for (const volume of services.flatMap(([, { volumes = [] }]) => volumes)) {
      const [source = ''] = volume.split(':');
      const known = source.startsWith('.') ? existsSync(path.join(ROOT, 'docker', source)) : source in compose.volumes;
      expect({ volume, known }).toEqual({ volume, known: true });
    }
  });

  it('waits for services, and is given secrets, that there are', () => {
    for (const [, { depends_on: others = {}, secrets = [] }] of services) {
      const names = Array.isArray(others) ? others : Object.keys(others);
      for (const name of names) expect(compose.services).toHaveProperty(name);
      for (const secret of secrets) expect(compose.secrets).toHaveProperty(secret);
    }
  });

  it('asks for variables that .env.example tells of', () => {
    const told = new Set([...read('.env.example').matchAll(/^(\w+)=/gm)].map(([, name]) => name));
    const asked = [...read('docker/compose.yml').matchAll(/\$\{(\w+)[:}]/g)].map(([, name]) => name);
    expect(asked.filter((name) => !told.has(name) && name !== 'TURN_REALM')).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import {
  KnowledgeEngineSection,
  MemoryEngineSection,
  ProfileEngineSection,
} from '../core/config/sections/personalization.section.js';
import { StartError } from '../core/errors/start.error.js';
import { guardedTarget, remoteKnowledge, remoteMemory, remoteProfile } from './remote-engines.js';

const URL = 'http://service.example';

const memory = (more: object, provider: MemoryEngineSection['provider'] = 'auto') =>
  remoteMemory(Object.assign(new MemoryEngineSection(), { provider, mem0: { hosted: false, ...more } }), 'key');
const profile = (memobase: object, provider: ProfileEngineSection['provider'] = 'auto') =>
  remoteProfile(Object.assign(new ProfileEngineSection(), { provider, memobase }));
const knowledge = (cognee: object, provider: KnowledgeEngineSection['provider'] = 'auto') =>
  remoteKnowledge(Object.assign(new KnowledgeEngineSection(), { provider, cognee }));

describe('the remote engines that a configuration asks for', () => {
  it.each([
    ['where an address is given', memory({ api_url: URL }), 'mem0'],
    ['on the hosted platform, which needs none', memory({ hosted: true }), 'mem0'],
    ['where an address is given', profile({ project_url: URL }), 'memobase'],
    ['where an address is given', knowledge({ api_url: URL }), 'cognee'],
    ['with credentials', knowledge({ api_url: URL, username: 'a', password: 'b' }), 'cognee'],
  ])('are made %s', (_, engine, provider) => {
    expect(engine).toMatchObject({ provider, isRemote: true, apiVersion: 1 });
  });

  it.each([
    ['memory without an address', memory({})],
    ['built-in memory', memory({ api_url: URL }, 'builtin')],
    ['no memory', memory({ api_url: URL }, 'off')],
    ['profile without an address', profile({})],
    ['knowledge without an address', knowledge({})],
    ['no knowledge', knowledge({ api_url: URL }, 'off')],
  ])('are none for %s', (_, engine) => {
    expect(engine).toBeUndefined();
  });

  it.each([
    [() => memory({}, 'mem0'), /MEM0_API_URL.* is missing/],
    [() => profile({}, 'memobase'), /MEMOBASE_PROJECT_URL.* is missing/],
    [() => knowledge({}, 'cognee'), /COGNEE_API_URL.* is missing/],
    [() => knowledge({ api_url: URL, username: 'a' }), /COGNEE_PASSWORD/],
  ])('stop the start where something is missing: %s', (make, message) => {
    expect(make).toThrow(StartError);
    expect(make).toThrow(message);
  });
});

describe('guardedTarget', () => {
  it('has the deadlines of its kind, and a version that changes with the configuration', () => {
    const section = new ProfileEngineSection();
    const engine = { provider: 'memobase', isRemote: true };
    const target = guardedTarget('profile', engine, section);
    expect(target).toMatchObject({ kind: 'profile', ...engine, timeoutMs: 300, changeTimeoutMs: 120_000 });
    section.memobase.api_key = 'another';
    expect(guardedTarget('profile', engine, section).configVersion).not.toBe(target.configVersion);
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { alertRules, dashboardExpressions, dashboards, ROOT, RULE_TESTS, RULES } from '../setup/monitoring.js';

const promtool = (...words: string[]) => spawnSync('promtool', words, { encoding: 'utf8' });
const installed = promtool('--version').status === 0;
if (!installed) process.stdout.write('Not run: promtool is missing (Debian: apt-get install prometheus).\n');

const folder = mkdtempSync(path.join(os.tmpdir(), 'cozy-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!installed)('promtool', () => {
  it('finds no flaw in the rules', () => {
    const { status, stdout, stderr } = promtool('check', 'rules', RULES);
    expect({ status, said: stdout + stderr }).toMatchObject({ status: 0, said: expect.stringContaining('SUCCESS') });
  });

  it('sees each alert fire when it must, and stay silent when it must', () => {
    const { status, stdout, stderr } = promtool('test', 'rules', RULE_TESTS);
    expect({ status, said: stdout + stderr }).toMatchObject({ status: 0, said: expect.stringContaining('SUCCESS') });
  });

  it('understands what the dashboards ask', () => {
    const rules = dashboardExpressions().map((expr, at) => ({ record: `dashboard:${at}`, expr }));
    const file = path.join(folder, 'dashboards.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboards', rules }] }));
    const { status, stdout, stderr } = promtool('check', 'rules', file);
    expect({ status, said: stdout + stderr }).toMatchObject({ status: 0 });
  });

  it('understands the configuration of compose', () => {
    const { status, stdout, stderr } = promtool(
      'check',
      'config',
      '--syntax-only',
      path.join(ROOT, 'docker/prometheus/prometheus.yml'),
    );
    expect({ status, said: stdout + stderr }).toMatchObject({ status: 0 });
  });
});

describe('alerts', () => {
  const names = alertRules().map(({ alert }) => alert);

  it('have each a name, a severity and a summary of their own', () => {
    expect(new Set(names).size).toBe(names.length);
    for (const { labels, annotations } of alertRules()) {
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(annotations.summary).not.toBe('');
    }
  });

  it('have each a section of the runbook, and there are no others', () => {
    const runbook = readFileSync(path.join(ROOT, 'docs/runbook.md'), 'utf8');
    const sections = [...runbook.matchAll(/^## (Cozy\w+)$/gm)].map(([, name]) => name);
    expect(new Set(sections)).toEqual(new Set(names));
    for (const { alert, annotations } of alertRules()) {
      expect(annotations.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
    }
  });

  it('have each a test of firing and a test of silence', () => {
    const { tests } = parse(readFileSync(RULE_TESTS, 'utf8')) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
    };
    const cases = tests.flatMap(({ alert_rule_test: each }) => each);
    for (const alert of names) {
      const expected = cases.filter(({ alertname }) => alertname === alert).map(({ exp_alerts }) => exp_alerts.length);
      expect({ alert, expected: new Set(expected) }).toEqual({ alert, expected: new Set([0, 1]) });
    }
  });
});

describe('dashboards', () => {
  it('have names and places of their own, so that provisioning takes them all', () => {
    const all = dashboards();
    expect(new Set(all.map(({ uid }) => uid)).size).toBe(5);
    for (const { uid, panels } of all) {
      expect({ uid, ids: new Set(panels.map(({ id }) => id)).size }).toEqual({ uid, ids: panels.length });
    }
  });

  it('are all among what the cluster is given', () => {
    const { configMapGenerator: maps } = parse(
      readFileSync(path.join(ROOT, 'docker/grafana/kustomization.yaml'), 'utf8'),
    ) as {
      configMapGenerator: { files: string[] }[];
    };
    expect(new Set(maps[0]?.files)).toEqual(new Set(dashboards().map(({ uid }) => `dashboards/${uid}.json`)));
  });
});

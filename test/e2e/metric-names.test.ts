import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { call } from '../setup/account.js';
import { alertRules, dashboardExpressions, metricsIn, ROOT } from '../setup/monitoring.js';
import { testServer } from '../setup/test-server.js';

/** A server announces each metric, also one that has not been counted yet. */
let announced: Set<string>;

beforeAll(async () => {
  const { url } = await testServer();
  const { body } = await call(url, 'GET', '/metrics');
  announced = new Set([...(body as string).matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name as string));
});

describe('the names of metrics', () => {
  it('in alert rules are names that the server exports', () => {
    for (const { alert, expr } of alertRules()) {
      const unknown = metricsIn(expr).filter((name) => !announced.has(name));
      expect({ alert, unknown }).toEqual({ alert, unknown: [] });
    }
  });

  it('in dashboards are names that the server exports', () => {
    const named = dashboardExpressions().flatMap(metricsIn);
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((name) => !announced.has(name))).toEqual([]);
  });

  it('are all told in docs/operations.md, and no others', () => {
    const table = readFileSync(path.join(ROOT, 'docs/operations.md'), 'utf8').match(/^\| `cozy_.*\|$/gm) ?? [];
    const told = table.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`(cozy_\w+)`/g)].map(([, name]) => name),
    );
    expect(new Set(told)).toEqual(new Set([...announced].filter((name) => name.startsWith('cozy_'))));
  });

  it('that a dashboard draws cover everything that the server exports of its own', () => {
    const drawn = new Set(dashboardExpressions().flatMap(metricsIn));
    expect([...announced].filter((name) => name.startsWith('cozy_') && !drawn.has(name))).toEqual([]);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

export const ROOT = path.resolve(import.meta.dirname, '../..');
export const RULES = path.join(ROOT, 'docker/prometheus/rules/cozyengine.yml');
export const RULE_TESTS = path.join(ROOT, 'docker/prometheus/tests/cozyengine.yml');
const DASHBOARDS = path.join(ROOT, 'docker/grafana/dashboards');

export interface AlertRule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; runbook_url: string };
}

export interface Dashboard {
  uid: string;
  title: string;
  panels: { id: number; title: string; targets: { expr: string }[] }[];
}

export function alertRules(): AlertRule[] {
  const { groups } = parse(readFileSync(RULES, 'utf8')) as { groups: { rules: AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export function dashboards(): Dashboard[] {
  return readdirSync(DASHBOARDS)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(path.join(DASHBOARDS, file), 'utf8')) as Dashboard);
}

/** Every expression of a dashboard, with what Grafana puts in for its variables. */
export const dashboardExpressions = (): string[] =>
  dashboards()
    .flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)))
    .map((expr) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'));

/** Names of metrics in an expression, as they are registered: a histogram's without its endings. */
export const metricsIn = (expr: string): string[] =>
  [...expr.matchAll(/\b(?:cozy|nodejs|process)_[a-z0-9_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''));

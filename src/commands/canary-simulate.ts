import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { processEnvironment } from '../core/config/env.js';
import { loadConfig } from '../core/config/load-config.js';
import { CanaryRule } from '../core/domain/canary.js';
import { validateStrictly } from '../core/util/strict-validation.js';
import { splitOf, splitText } from '../orchestration/canary/canary-split.js';

const USAGE = `npm run canary:simulate -- --feature NAME [--percentage SHARE] [--subjects FILE | --count N]
    [--environment NAME] [--personality ID] [--json]
  Shows how a population would be split. The rule is the one of canary.yaml; --percentage tries another share, and is
  enough where there is no rule. FILE holds one id a line; without it N made-up users are taken (100000). Rules that
  admins have written are in the database and are not read.
`;

const MOST_SUBJECTS = 10_000_000;

const OPTIONS = {
  feature: { type: 'string' },
  percentage: { type: 'string' },
  subjects: { type: 'string' },
  count: { type: 'string' },
  environment: { type: 'string' },
  personality: { type: 'string' },
  json: { type: 'boolean' },
} as const;

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`);
  }
}

/** The configured rule, changed by what the command line says. */
function ruleOf(known: CanaryRule | undefined, feature: string, percentage: string | undefined): CanaryRule {
  if (!known && percentage === undefined)
    fail(`canary.yaml has no rule of "${feature}"; name one, or give --percentage`);
  const changed = percentage === undefined ? {} : { percentage: Number(percentage), enabled: true };
  const plain = JSON.parse(JSON.stringify(Object.assign({ feature }, known, changed))) as Record<string, unknown>;
  const { value, flaws } = validateStrictly(CanaryRule, plain);
  const [flaw] = flaws;
  return flaw ? fail(`--${flaw.path} ${flaw.reason}`) : value;
}

function* madeUp(count: number): Generator<string> {
  for (let at = 0; at < count; at += 1) yield randomUUID();
}

async function subjectsOf(file: string | undefined, count: string | undefined): Promise<Iterable<string>> {
  if (file === undefined) {
    const wanted = Number(count ?? 100_000);
    const isFine = Number.isInteger(wanted) && wanted >= 1 && wanted <= MOST_SUBJECTS;
    return isFine ? madeUp(wanted) : fail(`--count must be an integer from 1 to ${MOST_SUBJECTS}`);
  }
  const subjects: string[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const subject = line.trim();
    if (subject !== '') subjects.push(subject);
  }
  return subjects;
}

const { feature, percentage, subjects: file, count, environment, personality, json } = readArguments();
if (!feature) fail(USAGE);
try {
  const { config } = loadConfig(processEnvironment(), path.resolve(import.meta.dirname, '../../config'));
  const known = config.canary.rules.find((entry) => entry.feature === feature);
  const rule = ruleOf(known, feature, percentage);
  const place = {
    environment: environment ?? config.app.env,
    personalityId: personality ?? rule.personalities[0] ?? '',
  };
  const split = splitOf(rule, await subjectsOf(file, count), place);
  process.stdout.write(json ? `${JSON.stringify({ feature, ...split })}\n` : splitText(rule, split));
} catch (error) {
  const isKnown = error instanceof Error && (error.name === 'ConfigError' || 'code' in error);
  fail(isKnown ? error.message : String((error as Error).stack ?? error));
}

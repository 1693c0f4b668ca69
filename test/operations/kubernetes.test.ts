import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../setup/monitoring.js';

// oxlint-disable-next-line typescript/no-explicit-any
type Manifest = any;

const require = createRequire(import.meta.url);
/** Not Kubernetes' own: its schema comes with the operator that knows it. */
const FOREIGN = new Set(['PodMonitor']);
const CLUSTERS = ['base', 'overlays/small', 'overlays/production'];

const kubectl = (folder: string) =>
  spawnSync('kubectl', ['kustomize', path.join(ROOT, 'k8s', folder)], { encoding: 'utf8' });
const installed = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0;
if (!installed) process.stdout.write('Not run: kubectl is missing, the overlays are not put together.\n');

const documents = (text: string): Manifest[] => parseAllDocuments(text).map((document) => document.toJS());

/** What Kubernetes' own schema says against it. */
function flawsOf({ apiVersion, kind, ...rest }: Manifest): string | null {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const models = require(`kubernetes-models/${group ? `${group}/` : ''}${version}`) as Record<
    string,
    new (data: object) => { validate(): void }
  >;
  const Model = models[kind];
  if (!Model) return `there is no ${kind} in ${apiVersion}`;
  try {
    new Model(rest).validate();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

const flawsIn = (manifests: Manifest[]): unknown[] =>
  manifests
    .filter(({ kind }) => !FOREIGN.has(kind))
    .map((each) => [each.kind, each.metadata.name, flawsOf(each)])
    .filter(([, , flaw]) => flaw !== null);

const files = readdirSync(path.join(ROOT, 'k8s'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml') && !file.endsWith('kustomization.yaml'))
  .map((file) => ({ file, manifests: documents(readFileSync(path.join(ROOT, 'k8s', file), 'utf8')) }));

/** Patches hold only what they change. */
const isPatch = (file: string) => file === 'overlays/production/autoscaling.yaml';

describe('what is given to Kubernetes', () => {
  it.each(files.filter(({ file }) => !isPatch(file)))('$file is what its schema asks for', ({ manifests }) => {
    expect(flawsIn(manifests)).toEqual([]);
  });

  it('is refused by its schema where it has a flaw', () => {
    const job = files.find(({ file }) => file === 'base/migrate.yaml')?.manifests[0];
    const { restartPolicy: _, ...template } = job.spec.template.spec;
    template.containers[0].ports = [{ containerPort: 'http' }];
    expect(flawsOf({ ...job, spec: { template: { spec: template } } })).toMatch(/containerPort/);
  });
});

describe.skipIf(!installed).each(CLUSTERS)('k8s/%s, put together', (folder) => {
  const { status, stdout, stderr } = installed ? kubectl(folder) : { status: 0, stdout: '', stderr: '' };
  const manifests = documents(stdout);
  const of = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
  const pods = ['Deployment', 'Job'].flatMap(of).map(({ spec }) => spec.template);

  it('is what the schemas ask for', () => {
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(flawsIn(manifests)).toEqual([]);
  });

  it('names nothing that is not there', () => {
    const names = (kind: string) => new Set(of(kind).map(({ metadata }) => metadata.name));
    const deployments = names('Deployment');
    for (const { spec } of of('HorizontalPodAutoscaler')) expect(deployments).toContain(spec.scaleTargetRef.name);
    const selectors = [
      ...of('Service').map(({ spec }) => spec.selector),
      ...of('PodDisruptionBudget').map(({ spec }) => spec.selector.matchLabels),
    ];
    for (const selector of selectors) {
      const chosen = pods.filter(({ metadata }) =>
        Object.entries(selector).every(([key, value]) => metadata.labels[key] === value),
      );
      expect({ selector, chosen: chosen.length }).toEqual({ selector, chosen: 1 });
    }
    for (const { spec } of of('Ingress')) {
      const services = spec.rules.flatMap(({ http }: Manifest) =>
        http.paths.map(({ backend }: Manifest) => backend.service.name),
      );
      for (const service of services) expect(names('Service')).toContain(service);
    }
    for (const { spec } of pods) {
      const maps = spec.volumes?.flatMap(({ configMap }: Manifest) => configMap?.name ?? []) ?? [];
      for (const map of [...maps, spec.containers[0].envFrom[0].configMapRef.name])
        expect(names('ConfigMap')).toContain(map);
    }
  });

  it('gives no pod more than it needs, and holds no secret', () => {
    for (const { spec } of pods) {
      expect(spec).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } });
      for (const container of spec.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources.limits.memory).toBeDefined();
      }
    }
    expect(of('Secret')).toEqual([]);
  });

  it('asks every server how it is, and lets it finish', () => {
    for (const { spec } of of('Deployment')) {
      const { template } = spec;
      const [container] = template.spec.containers;
      expect(container.startupProbe.httpGet.path).toBe('/health/live');
      expect(container.livenessProbe.httpGet.path).toBe('/health/live');
      expect(container.readinessProbe.httpGet.path).toBe('/health/ready');
      const grace = container.env.find(({ name }: Manifest) => name === 'SHUTDOWN_GRACE_MS')?.value ?? 25_000;
      const needed = container.env[0].value === 'worker' ? 0 : Number(grace) / 1000 + 13;
      expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(needed);
    }
  });
});

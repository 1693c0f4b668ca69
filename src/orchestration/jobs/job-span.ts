import type { SpanStart } from '../../core/tracing/tracer.port.js';
import type { OutboxRow } from '../../storage/outbox/outbox.repository.js';

/** Work of the background is a trace of its own, which goes back to the turns that promised it. */
export const jobSpan = (rows: readonly Pick<OutboxRow, 'kind' | 'traceparent' | 'attempts'>[]): SpanStart => ({
  kind: 'consumer',
  parent: undefined,
  links: rows.flatMap(({ traceparent }) => traceparent ?? []),
  attributes: {
    'cozy.job.kind': rows[0]?.kind,
    'cozy.job.rows': rows.length,
    'cozy.job.attempt': (rows[0]?.attempts ?? 0) + 1,
  },
});

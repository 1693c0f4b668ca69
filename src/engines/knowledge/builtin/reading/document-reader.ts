import { Worker } from 'node:worker_threads';
import pLimit from 'p-limit';
import { CozyError } from '../../../../core/errors/cozy.error.js';
import { withDeadline } from '../../../../core/util/deadline.js';
import { storableText } from '../../../../core/util/storable.js';
import type { DocumentType } from '../../knowledge.port.js';

/** A heading or a paragraph of a document, in reading order. */
export interface Block {
  /** 1 to 6 for a heading, 0 for everything else. */
  level: number;
  text: string;
  /** Counted from 1; null where the format has no pages. */
  page: number | null;
}

export interface ReadDocument {
  /** The title that the document gives itself; empty where it gives none. */
  title: string;
  blocks: Block[];
}

export interface ReaderLimits {
  mostCharacters: number;
  mostPages: number;
  milliseconds: number;
}

type Refused = 'malformed' | 'encrypted' | 'too-long' | 'too-many-pages';

/** Documents that are read at once; more wait, as each takes a thread. */
const AT_ONCE = 3;
/** Of a thread's own memory. A file that needs more was made to need it. */
const HEAP_MB = 512;

/**
 * Reads the text of documents, each in a thread of its own, which ends when its time is up. Throws
 * VALIDATION_DOCUMENT for what cannot be read.
 */
export class DocumentReader {
  private readonly gate = pLimit(AT_ONCE);

  constructor(private readonly limits: ReaderLimits) {}

  async read(body: Uint8Array, contentType: DocumentType, signal: AbortSignal): Promise<ReadDocument> {
    const read = contentType === 'text/plain' ? this.plain(text(body)) : await this.inThread(body, contentType, signal);
    const blocks = read.blocks.map((block) => ({ ...block, text: storableText(block.text) }));
    if (!blocks.some(({ text }) => /[\p{L}\p{N}]/u.test(text))) {
      throw refused(
        contentType === 'application/pdf'
          ? 'The PDF holds no text: it may be a scan. Run text recognition (OCR) over it first.'
          : 'The document holds no text.',
      );
    }
    return { title: storableText(read.title), blocks };
  }

  private plain(whole: string): ReadDocument {
    if (whole.length > this.limits.mostCharacters) throw this.refusal('too-long');
    const blocks = whole
      .replaceAll(/\r\n?/g, '\n')
      .split(/\n[^\S\n]*\n/)
      .map((paragraph) => ({ level: 0, text: paragraph.trim(), page: null }));
    return { title: '', blocks: blocks.filter(({ text }) => text !== '') };
  }

  private inThread(body: Uint8Array, contentType: DocumentType, signal: AbortSignal): Promise<ReadDocument> {
    const content = contentType === 'application/pdf' ? new Uint8Array(body) : text(body);
    return this.gate(() => {
      return withDeadline(signal, this.limits.milliseconds, (own) => this.run(content, contentType, own), late);
    });
  }

  private async run(body: Uint8Array | string, contentType: DocumentType, signal: AbortSignal): Promise<ReadDocument> {
    const { mostCharacters, mostPages } = this.limits;
    const worker = new Worker(new URL('./document.worker.mjs', import.meta.url), {
      name: 'document',
      workerData: { body, contentType, mostCharacters, mostPages },
      transferList: typeof body === 'string' ? [] : [body.buffer as ArrayBuffer],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      // What parsers have to say about a file is nobody's log.
      stdout: true,
      stderr: true,
    });
    const end = () => void worker.terminate();
    signal.addEventListener('abort', end, { once: true });
    try {
      const answer = await answerOf(worker);
      if (answer === undefined || 'refusal' in answer) throw this.refusal(answer?.refusal ?? 'malformed');
      return answer;
    } finally {
      signal.removeEventListener('abort', end);
      await worker.terminate();
    }
  }

  private refusal(reason: Refused): CozyError {
    const { mostCharacters, mostPages } = this.limits;
    const message = {
      malformed: 'The document is damaged, or not what it says it is.',
      encrypted: 'The PDF is encrypted. Remove its password first.',
      'too-long': `The document holds more than ${mostCharacters} characters of text. Split it.`,
      'too-many-pages': `The PDF has more than ${mostPages} pages. Split it.`,
    }[reason];
    return refused(message);
  }
}

/** Undefined where the thread ended without one: out of memory, or of stack. */
function answerOf(worker: Worker): Promise<ReadDocument | { refusal: Refused } | undefined> {
  return new Promise((resolve) => {
    worker.once('message', resolve);
    worker.once('error', () => resolve(undefined));
    worker.once('exit', () => resolve(undefined));
  });
}

/** A byte order mark is no text. */
const text = (body: Uint8Array): string => new TextDecoder('utf-8').decode(body);

const late = () => refused('The document takes too long to read. Split it, or send its text.');

const refused = (message: string) => new CozyError('VALIDATION_DOCUMENT', { message });

import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/client';
import type { ToolResult } from '../tool.port.js';
import { boundedText } from './bounded-text.js';

/** Far beyond any window: what a model sees is cut later, to its own measure. */
const MOST_CHARACTERS = 1_000_000;
const MOST_URI = 2048;
const MOST_WORDS = 500;
const CUT_MARK = '\n[… the rest was left out]';

/** What an MCP tool answered, as text for a model, and as JSON where it gave any. */
export function toolResultOf(result: CallToolResult): ToolResult {
  const structured = boundedStructure(result.structuredContent);
  const rendered = renderContent(result.content);
  const text = rendered === '' && structured !== undefined ? JSON.stringify(structured) : rendered;
  return { text: boundedText(text, MOST_CHARACTERS, CUT_MARK), ...(structured !== undefined && { structured }) };
}

export function renderContent(blocks: readonly ContentBlock[]): string {
  const rendered: string[] = [];
  let size = 0;
  for (const block of blocks) {
    const text = renderBlock(block);
    rendered.push(text);
    size += text.length + 1;
    if (size > MOST_CHARACTERS) break;
  }
  return rendered.join('\n');
}

function renderBlock(block: ContentBlock): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'image':
    case 'audio':
      return `[${block.type}: ${word(block.mimeType)}, ${sizeOf(block.data)}]`;
    case 'resource_link': {
      const about = [block.title ?? block.name, block.mimeType, block.description].filter(Boolean).join(', ');
      return `[resource: ${uri(block.uri)}${about === '' ? '' : ` (${word(about)})`}]`;
    }
    case 'resource': {
      const { resource } = block;
      if ('text' in resource) return `[resource: ${uri(resource.uri)}]\n${resource.text}`;
      const type = resource.mimeType ?? 'application/octet-stream';
      return `[resource: ${uri(resource.uri)}, ${word(type)}, ${sizeOf(resource.blob)}]`;
    }
    default:
      return unknownBlock(block);
  }
}

/** A server of a later protocol may say more than this one knows. */
const unknownBlock = (block: never): string => `[${word(String((block as { type: unknown }).type))}]`;

const uri = (text: string): string => boundedText(text, MOST_URI);
const word = (text: string): string => boundedText(text, MOST_WORDS);

function sizeOf(base64: string): string {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  const bytes = Math.max(0, Math.floor((base64.length * 3) / 4) - padding);
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Half of a JSON document is none: one that is too large is left out, its text remains. */
function boundedStructure(structured: unknown): unknown {
  if (structured === undefined || structured === null) return undefined;
  try {
    return JSON.stringify(structured).length <= MOST_CHARACTERS ? structured : undefined;
  } catch {
    // Nested more deeply than the stack is deep: as good as too large.
    return undefined;
  }
}

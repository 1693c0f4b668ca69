import { type Block, type Inline, parseMarkdown } from '../markdown.js';

const InlineView = ({ kind, text }: Inline) => {
  if (kind === 'strong') return <strong>{text}</strong>;
  if (kind === 'em') return <em>{text}</em>;
  return kind === 'code' ? <code>{text}</code> : <>{text}</>;
};

const Inlines = ({ inlines }: { inlines: Inline[] }) => (
  <>
    {inlines.map((inline) => (
      <InlineView {...inline} />
    ))}
  </>
);

const List = ({ block }: { block: Extract<Block, { kind: 'list' }> }) => {
  const items = block.items.map((item) => (
    <li>
      <Inlines inlines={item} />
    </li>
  ));
  return block.ordered ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>;
};

const BlockView = ({ block }: { block: Block }) => {
  switch (block.kind) {
    case 'code':
      return (
        // Scrolls sideways, so the keyboard must be able to reach it.
        <pre tabIndex={0} aria-label="Code">
          <code>{block.text}</code>
        </pre>
      );
    case 'list':
      return <List block={block} />;
    case 'heading':
      return (
        <p class="text-heading">
          <Inlines inlines={block.inlines} />
        </p>
      );
    case 'paragraph':
      return (
        <p>
          <Inlines inlines={block.inlines} />
        </p>
      );
    default:
      return block satisfies never;
  }
};

/** The model's text as elements: it never passes through HTML, so nothing in it can run. */
export const RichText = ({ text }: { text: string }) => (
  <div class="rich-text">
    {parseMarkdown(text).map((block) => (
      <BlockView block={block} />
    ))}
  </div>
);

import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './icon.js';

interface ComposerProps {
  name: string;
  busy: boolean;
  /** Off where a message that was looked for has the focus. */
  takesFocus: boolean;
  onSend: (text: string) => void;
  onStop: () => void;
}

/** Enter ends a word in Japanese or Chinese before it ends a message. 229 is how Safari says so after the fact. */
const sends = (event: KeyboardEvent): boolean =>
  event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229;

function useField(text: string, takesFocus: boolean): RefObject<HTMLTextAreaElement | null> {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    // On a touch screen focus would open the keyboard over the conversation.
    if (takesFocus && window.matchMedia('(hover: hover)').matches) field.current?.focus({ preventScroll: true });
  }, []);
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);
  return field;
}

const SendButton = ({ disabled }: { disabled: boolean }) => (
  <button type="submit" class="round" aria-label="Send" disabled={disabled}>
    <Icon name="send" />
  </button>
);

const StopButton = ({ onStop }: { onStop: () => void }) => (
  <button type="button" class="round stop" aria-label="Stop the answer" onClick={onStop}>
    <Icon name="stop" />
  </button>
);

export const Composer = ({ name, busy, takesFocus, onSend, onStop }: ComposerProps) => {
  const [text, setText] = useState('');
  const field = useField(text, takesFocus);
  const send = (event: Event): void => {
    event.preventDefault();
    const words = text.trim();
    if (!words || busy) return;
    onSend(words);
    setText('');
    field.current?.focus();
  };
  const stop = (): void => {
    onStop();
    // The button that had the focus is about to disappear.
    field.current?.focus();
  };
  return (
    <form class="composer" onSubmit={send}>
      <label class="visually-hidden" for="composer-text">
        Message to {name}
      </label>
      <textarea
        id="composer-text"
        ref={field}
        rows={1}
        value={text}
        placeholder={`Write to ${name}…`}
        enterkeyhint="send"
        aria-describedby="composer-hint"
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (sends(event)) send(event);
        }}
      />
      <div class="composer-actions">
        {busy ? <StopButton onStop={stop} /> : <SendButton disabled={text.trim() === ''} />}
      </div>
      <p class="visually-hidden" id="composer-hint">
        Enter sends, Shift and Enter starts a new line.
      </p>
    </form>
  );
};

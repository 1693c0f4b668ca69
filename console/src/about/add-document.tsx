import { useId, useRef, useState } from 'preact/hooks';
import { ErrorNote } from '../components/error-note.js';
import { Icon } from '../components/icon.js';
import { Modal } from '../components/modal.js';
import { useAboutApi } from '../services.js';
import { useTask } from '../use-task.js';

interface AddProps {
  dataset: string;
  onAdded: () => void;
}

const PasteDialog = ({ dataset, onAdded, onClose }: AddProps & { onClose: () => void }) => {
  const api = useAboutApi();
  const [title, setTitle] = useState('');
  const [text, setText] = useState('');
  const added = (): void => {
    onAdded();
    onClose();
  };
  const task = useTask(async () => {
    await api.addDocument(dataset, { title: title.trim(), text });
  }, added);
  return (
    <Modal title="Paste a text" onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          task.run();
        }}
      >
        <div>
          <label for="document-title">Title</label>
          <input
            id="document-title"
            maxLength={200}
            autoFocus
            value={title}
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
        </div>
        <div>
          <label for="document-text">Text</label>
          <textarea
            id="document-text"
            required
            rows={8}
            maxLength={1_000_000}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </div>
        {task.error && <ErrorNote error={task.error} />}
        <div class="form-actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={task.pending || text.trim() === ''}>
            Add
          </button>
        </div>
      </form>
    </Modal>
  );
};

const FileButton = ({ dataset, onAdded }: AddProps) => {
  const api = useAboutApi();
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const task = useTask(async () => {
    const file = input.current?.files?.[0];
    if (file) await api.addDocument(dataset, { file });
  }, onAdded);
  return (
    <>
      <label class="button small file-button" for={id}>
        <Icon name="upload" />
        {task.pending ? 'Sending…' : 'Upload a file'}
        <input
          id={id}
          ref={input}
          type="file"
          accept=".txt,.md,.markdown,.html,.htm,.pdf,text/*,application/pdf"
          disabled={task.pending}
          onChange={task.run}
          // The same file may be chosen again, after it was changed.
          onClick={(event) => (event.currentTarget.value = '')}
        />
      </label>
      {task.error && <ErrorNote error={task.error} />}
    </>
  );
};

export const AddDocument = (props: AddProps) => {
  const [pasting, setPasting] = useState(false);
  return (
    <div class="about-add-documents">
      <FileButton {...props} />
      <button type="button" class="button small" onClick={() => setPasting(true)}>
        <Icon name="copy" />
        Paste a text
      </button>
      <p class="hint">Text, Markdown, HTML or PDF, up to 25 MB.</p>
      {pasting && <PasteDialog {...props} onClose={() => setPasting(false)} />}
    </div>
  );
};

import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../components/icon.js';
import { CallSettingsDialog } from './call-settings-dialog.js';
import { type CallState, isOpen, type Problem } from './call-state.js';
import { CallPeople } from './call-people.js';
import { LevelBar } from './level-bar.js';
import type { Call } from './use-call.js';

const TRANSPORT = { webrtc: 'WebRTC', socket: 'Socket' } as const;

const COMPANION = {
  listening: 'Listening',
  thinking: 'Thinking',
  speaking: 'Speaking',
  paused: 'Paused: you are speaking',
} as const;

/** One word for what is going on, for the eye and for the style sheet. */
function moment({ phase, companion, userSpeaking }: CallState): { name: string; label: string } {
  if (phase === 'dialling') return { name: 'dialling', label: 'Calling…' };
  if (phase === 'reconnecting') return { name: 'reconnecting', label: 'Reconnecting…' };
  if (companion === 'listening' && userSpeaking) return { name: 'hearing', label: 'Hearing you' };
  return { name: companion, label: COMPANION[companion] };
}

/** Read out: what began or ended, not every pause between words. */
const ANNOUNCED: Record<CallState['phase'], string> = {
  idle: '',
  dialling: 'Calling',
  on: 'The call is connected. You can speak now.',
  reconnecting: 'The connection was lost. Reconnecting.',
  ended: 'The call has ended.',
};

const ProblemNote = ({ problem, onRetry }: { problem: Problem; onRetry: (() => void) | null }) => (
  <div class="error-note" role="alert" data-testid="call-problem">
    <Icon name="alert" />
    <div class="error-text">
      <p>{problem.text}</p>
      {problem.hint && <p class="error-id">{problem.hint}</p>}
    </div>
    {onRetry && (
      <button type="button" class="button small" onClick={onRetry}>
        <Icon name="phone" />
        Call again
      </button>
    )}
  </div>
);

const Where = ({ state: { transport, fellBack } }: { state: CallState }) =>
  transport && (
    <span class="mark" data-testid="call-transport" title={fellBack ? 'WebRTC did not work here' : undefined}>
      {TRANSPORT[transport]}
      {fellBack && ' instead of WebRTC'}
    </span>
  );

const Controls = ({ call, onSettings }: { call: Call; onSettings: () => void }) => {
  const hangUp = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // The button that began the call is gone, and with it the focus.
    hangUp.current?.focus({ preventScroll: true });
  }, []);
  const isSpeaking = call.state.companion === 'speaking' || call.state.companion === 'thinking';
  return (
    <div class="call-controls">
      <button
        type="button"
        class="icon-button"
        aria-label="Stop this answer"
        title="Stop this answer"
        disabled={!isSpeaking}
        onClick={call.interrupt}
      >
        <Icon name="stop" />
      </button>
      <button
        type="button"
        class={call.muted ? 'icon-button on' : 'icon-button'}
        aria-label="Mute the microphone"
        title={call.muted ? 'Speak again' : 'Mute the microphone'}
        aria-pressed={call.muted}
        onClick={call.toggleMute}
      >
        <Icon name={call.muted ? 'muted' : 'microphone'} />
      </button>
      <button type="button" class="icon-button" aria-label="Call settings" title="Call settings" onClick={onSettings}>
        <Icon name="tune" />
      </button>
      <button
        ref={hangUp}
        type="button"
        class="round hang-up"
        aria-label="Hang up"
        title="Hang up"
        onClick={call.hangUp}
      >
        <Icon name="phone" />
      </button>
    </div>
  );
};

const OpenPanel = ({ call, name }: { call: Call; name: string }) => {
  const [tuning, setTuning] = useState(false);
  const { name: moments, label } = moment(call.state);
  return (
    <section
      class={`call-panel ${moments}`}
      aria-label={`Call with ${name}`}
      data-testid="call-panel"
      data-phase={call.state.phase}
      data-state={call.state.companion}
    >
      <span class="call-orb" aria-hidden="true" />
      <div class="call-now">
        <p class="call-moment">
          {label}
          <Where state={call.state} />
        </p>
        <div class="call-levels">
          <LevelBar side="mine" label={call.muted ? 'You (muted)' : 'You'} levels={call.levels} />
          <LevelBar side="theirs" label={name} levels={call.levels} />
        </div>
        <CallPeople state={call.state} />
      </div>
      <Controls call={call} onSettings={() => setTuning(true)} />
      {tuning && (
        <CallSettingsDialog
          invite={call.invite}
          settings={call.settings}
          onChange={call.change}
          onClose={() => setTuning(false)}
        />
      )}
    </section>
  );
};

/** Between the conversation and what is typed into it. */
export const CallPanel = ({ call, name }: { call: Call; name: string }) => {
  const { state } = call;
  const open = isOpen(state);
  return (
    <div class="call-dock">
      <p class="visually-hidden" role="status">
        {ANNOUNCED[state.phase]}
      </p>
      {state.problem && <ProblemNote problem={state.problem} onRetry={open ? null : call.start} />}
      {open && <OpenPanel call={call} name={name} />}
    </div>
  );
};

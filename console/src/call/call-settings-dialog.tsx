import { useEffect, useState } from 'preact/hooks';
import { Modal } from '../components/modal.js';
import { canChooseSpeaker } from './call-line.js';
import type { CallSettings } from './call-settings.js';
import { type AudioDevice, audioDevices, hasMicrophones } from './microphone.js';

const TRANSPORTS: [CallSettings['transport'], string][] = [
  ['auto', 'Automatic'],
  ['webrtc', 'WebRTC'],
  ['socket', 'Socket'],
];

function useDevices(kind: 'audioinput' | 'audiooutput'): AudioDevice[] {
  const [devices, setDevices] = useState<AudioDevice[]>([]);
  useEffect(() => {
    if (!hasMicrophones()) return undefined;
    const read = (): void => void audioDevices(kind).then(setDevices);
    read();
    navigator.mediaDevices.addEventListener('devicechange', read);
    return () => navigator.mediaDevices.removeEventListener('devicechange', read);
  }, [kind]);
  return devices;
}

interface DeviceSelectProps {
  id: string;
  label: string;
  kind: 'audioinput' | 'audiooutput';
  value: string;
  onChoose: (id: string) => void;
}

const DeviceSelect = ({ id, label, kind, value, onChoose }: DeviceSelectProps) => {
  const devices = useDevices(kind);
  return (
    <div>
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        <option value="">The browser’s choice</option>
        {devices.map((device) => (
          <option key={device.id} value={device.id} selected={device.id === value}>
            {device.label}
          </option>
        ))}
      </select>
    </div>
  );
};

const Invitation = ({ invite }: { invite: () => Promise<string | null> }) => {
  const [invitation, setInvitation] = useState('');
  return (
    <div>
      {invitation ? (
        <>
          <label for="call-invitation">An invitation, good once and for five minutes</label>
          <input id="call-invitation" readOnly value={invitation} onFocus={(event) => event.currentTarget.select()} />
        </>
      ) : (
        <button
          type="button"
          class="button small"
          onClick={() => void invite().then((made) => setInvitation(made ?? ''))}
        >
          Invite somebody
        </button>
      )}
    </div>
  );
};

interface SettingsProps {
  invite: () => Promise<string | null>;
  settings: CallSettings;
  onChange: (change: Partial<CallSettings>) => void;
  onClose: () => void;
}

export const CallSettingsDialog = ({ settings, invite, onChange, onClose }: SettingsProps) => (
  <Modal title="Call settings" onClose={onClose}>
    <div class="form">
      <DeviceSelect
        id="call-microphone"
        label="Microphone"
        kind="audioinput"
        value={settings.microphoneId}
        onChoose={(microphoneId) => onChange({ microphoneId })}
      />
      {canChooseSpeaker() && (
        <DeviceSelect
          id="call-speaker"
          label="Loudspeaker"
          kind="audiooutput"
          value={settings.speakerId}
          onChoose={(speakerId) => onChange({ speakerId })}
        />
      )}
      <fieldset class="choice">
        <legend>How the sound travels</legend>
        {TRANSPORTS.map(([value, label]) => (
          <label key={value}>
            <input
              type="radio"
              name="call-transport"
              checked={settings.transport === value}
              onChange={() => onChange({ transport: value })}
            />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      <Invitation invite={invite} />
      <p class="hint">
        WebRTC sounds best. The socket works where networks let nothing else through. A change calls again.
      </p>
    </div>
  </Modal>
);

/** Throws what the browser throws; `microphoneProblem` says it in plain words. */
export async function openMicrophone(deviceId: string): Promise<MediaStreamTrack> {
  const audio: MediaTrackConstraints = {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...(deviceId && { deviceId: { exact: deviceId } }),
  };
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  const [track] = stream.getAudioTracks();
  if (!track) throw new DOMException('No track.', 'NotFoundError');
  return track;
}

/** Missing where the page came without TLS. */
export const hasMicrophones = (): boolean => (navigator.mediaDevices as MediaDevices | undefined) !== undefined;

export interface AudioDevice {
  id: string;
  label: string;
}

/** Their names are only told once the microphone was allowed. */
export async function audioDevices(kind: 'audioinput' | 'audiooutput'): Promise<AudioDevice[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === kind && device.deviceId !== '' && device.deviceId !== 'default')
    .map(({ deviceId, label }, index) => ({ id: deviceId, label: label || `Device ${index + 1}` }));
}

import { afterEach, beforeEach } from 'vitest';
import { type Account, newAccount } from './account.js';
import type { SimulatedServer } from './simulated-server.js';
import { type Ack, VoiceClient } from './voice-client.js';

export type Transport = 'socket' | 'webrtc';

/** Two people at a server, who call and are called; new ones for each test. */
export class RoomStage {
  readonly open: { close(): unknown }[] = [];
  ana: Account;
  bob: Account;

  constructor(readonly server: SimulatedServer) {
    beforeEach(async () => {
      [this.ana, this.bob] = await Promise.all([newAccount(server.url), newAccount(server.url)]);
    });
    afterEach(async () => {
      await Promise.all(this.open.splice(0).map((one) => one.close()));
    });
  }

  async client({ token }: Account): Promise<VoiceClient> {
    const client = await VoiceClient.connect(this.server.url, token);
    this.open.push(client);
    return client;
  }

  /** Ana begins a call. */
  async begin(transport: Transport = 'socket', settings: object = {}) {
    const owner = await this.client(this.ana);
    const call: Ack = await owner.get('call.start', { transport, ...settings });
    return { owner, call };
  }

  /** Somebody joins it by an invitation, Bob where nobody is named. */
  async invited(owner: VoiceClient, call: Ack, who = this.bob, transport: Transport = 'socket') {
    const { invitation } = await owner.get('call.invite');
    const client = await this.client(who);
    const place: Ack = await client.get('call.join', { call_id: call.call_id, invitation, transport });
    return { client, place };
  }
}

export const codeOf = async (asked: Promise<Ack>) => (await asked).error?.code;

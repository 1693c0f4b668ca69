import type { VoiceEvent } from '../voice-event.js';
import type { TurnEffect } from './turn-event.js';
import type { TurnInput, TurnResponse, TurnState, Utterance } from './turn-state.js';

/** More than this waits for no answer. */
const MOST_PENDING = 64;

/** A state while one event changes it, and what is to be done. Lives for one step of the machine. */
export class TurnDraft {
  readonly effects: TurnEffect[] = [];

  constructor(public state: TurnState) {}

  do(...effects: TurnEffect[]): void {
    this.effects.push(...effects);
  }

  tell(event: VoiceEvent): void {
    this.effects.push({ type: 'tell', event });
  }

  set(change: Partial<TurnState>): void {
    this.state = { ...this.state, ...change };
  }

  /** The running turn, where it is the one an event is about. */
  response(turnId: string): TurnResponse | null {
    return this.state.response?.turnId === turnId ? this.state.response : null;
  }

  setResponse(change: Partial<TurnResponse>): void {
    if (this.state.response) this.set({ response: { ...this.state.response, ...change } });
  }

  utterance(id: string): Utterance | undefined {
    return this.state.utterances.find((utterance) => utterance.id === id);
  }

  setUtterance(id: string, change: Partial<Utterance>): void {
    const changed = this.state.utterances.map((utterance) =>
      utterance.id === id ? { ...utterance, ...change } : utterance,
    );
    this.set({ utterances: changed });
  }

  /** It is known what it was, or never will be. */
  closeUtterance(id: string): void {
    this.set({ utterances: this.state.utterances.filter((utterance) => utterance.id !== id) });
  }

  /** False where too much waits already. */
  addInput(input: TurnInput, respond: boolean): boolean {
    if (this.state.pending.length >= MOST_PENDING) return false;
    const wanted = this.state.wanted ?? (respond ? { instructions: null } : null);
    this.set({ pending: [...this.state.pending, input], wanted });
    return true;
  }
}

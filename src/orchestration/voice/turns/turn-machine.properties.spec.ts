import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { on, RULES } from '../../../../test/setup/turn-machine.js';
import { reduce } from './turn-machine.js';
import type { TurnEffect, TurnEvent, TurnTimer } from './turn-event.js';
import { awaitsWords, callStateOf, initialState, isIdle, type TurnRules, type TurnState } from './turn-state.js';

const utterance = fc.constantFrom('a', 'b', 'c', 'd');
const turn = fc.integer({ min: 1, max: 6 });
const text = fc.constantFrom('', '…', 'Yes.', 'And now?');

/** Anything at any time: what belongs to turns and utterances that are over, or were never there, too. */
const anyEvent: fc.Arbitrary<TurnEvent> = fc.oneof(
  { weight: 4, arbitrary: utterance.map(on.begins) },
  { weight: 4, arbitrary: utterance.map(on.stops) },
  { weight: 2, arbitrary: fc.tuple(utterance, text).map(([id, said]) => on.partial(id, said)) },
  { weight: 4, arbitrary: fc.tuple(utterance, text).map(([id, said]) => on.final(id, said)) },
  { weight: 1, arbitrary: utterance.map(on.lost) },
  { weight: 2, arbitrary: fc.tuple(text, fc.boolean()).map(([said, respond]) => on.typed(said, respond)) },
  { weight: 1, arbitrary: fc.constant(on.wanted()) },
  { weight: 1, arbitrary: fc.option(turn, { nil: null }).map(on.cancelled) },
  { weight: 2, arbitrary: turn.map(on.text) },
  { weight: 1, arbitrary: turn.map(on.tool) },
  { weight: 3, arbitrary: fc.tuple(turn, fc.boolean()).map(([id, failed]) => on.ended(id, failed)) },
  { weight: 2, arbitrary: turn.map(on.sound) },
  { weight: 1, arbitrary: turn.map(on.muted) },
  { weight: 3, arbitrary: turn.map(on.played) },
  { weight: 3, arbitrary: fc.tuple(turn, fc.boolean()).map(([id, failed]) => on.recorded(id, failed)) },
  { weight: 1, arbitrary: fc.constantFrom(on.time('doubt'), on.time('idle'), on.time('resume')) },
  { weight: 1, arbitrary: fc.constantFrom(on.gone(), on.back()) },
);
const anyRules: fc.Arbitrary<TurnRules> = fc
  .record({ respond: fc.boolean(), interruptible: fc.boolean() })
  .map((rules) => ({ ...RULES, ...rules }));
const anyCall = fc.tuple(fc.array(anyEvent, { maxLength: 80 }), anyRules);

function play(state: TurnState, events: readonly TurnEvent[]) {
  const effects: TurnEffect[] = [];
  for (const event of events) {
    const step = reduce(state, event);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

const begun = (effect: TurnEffect) =>
  effect.type === 'begin-turn' || effect.type === 'begin-apology' ? effect.turnId : null;
const over = (effect: TurnEffect) => (effect.type === 'stop-turn' || effect.type === 'end-turn' ? effect.turnId : null);

/** The turn that an effect is about, where it is about one. */
const about = (effect: TurnEffect): string | null => {
  if (effect.type === 'finish-speech') return effect.turnId;
  return effect.type === 'tell' && 'turnId' in effect.event ? effect.event.turnId : null;
};

/** Nobody speaks any more, and what runs comes to its end. */
const ending = (state: TurnState): TurnEvent[] => [
  on.back(),
  ...state.utterances.flatMap(({ id }) => [on.stops(id), on.final(id, '')]),
  ...[0, 1].flatMap((more) =>
    [on.ended, on.played, on.recorded].map((event) => event(Math.max(1, state.turns + more))),
  ),
];

/** How a sequence of effects breaks the rule that turns run one at a time and end once. */
function turnFaults(effects: readonly TurnEffect[]): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  let running: string | null = null;
  for (const effect of effects) {
    const begins = begun(effect);
    const ends = over(effect);
    if (begins !== null) {
      if (running !== null || seen.has(begins)) faults.push(`${begins} begins while ${running} runs`);
      seen.add(begins);
      running = begins;
    }
    if (ends !== null) {
      if (ends !== running) faults.push(`${ends} ends while ${running} runs`);
      running = null;
    }
  }
  return running === null ? faults : [...faults, `${running} does not end`];
}

/** What is told or done about turns that do not run. */
function staleFaults(effects: readonly TurnEffect[]): (string | null)[] {
  const faults: (string | null)[] = [];
  let running: string | null = null;
  for (const effect of effects) {
    if (effect.type === 'tell' && effect.event.type === 'response.started') running = effect.event.turnId;
    const turnId = about(effect);
    if (turnId !== running && turnId !== null) faults.push(turnId);
    if (over(effect) !== null) running = null;
  }
  return faults;
}

const soundSwitches = (effects: readonly TurnEffect[]) =>
  effects.map(({ type }) => type).filter((type) => type === 'pause-sound' || type === 'resume-sound');

function runningTimers(effects: readonly TurnEffect[]): Set<TurnTimer> {
  const running = new Set<TurnTimer>();
  for (const effect of effects) {
    if (effect.type === 'start-timer') running.add(effect.timer);
    if (effect.type === 'cancel-timer') running.delete(effect.timer);
  }
  return running;
}

const always = (holds: (events: TurnEvent[], rules: TurnRules) => void) =>
  fc.assert(
    fc.property(anyCall, ([events, rules]) => holds(events, rules)),
    { numRuns: 1000 },
  );

describe('whatever happens in whatever order', () => {
  it('turns run one at a time, and each ends exactly once', () => {
    always((events, rules) => {
      expect(turnFaults(play(initialState(rules), [...events, on.end()]).effects)).toEqual([]);
    });
  });

  it('nothing is told or done about a turn that does not run', () => {
    always((events, rules) => {
      expect(staleFaults(play(initialState(rules), events).effects)).toEqual([]);
    });
  });

  it('the sound is paused and resumed in turn, and never left paused without a reason', () => {
    always((events, rules) => {
      const { state, effects } = play(initialState(rules), events);
      const switches = soundSwitches(effects);
      expect(switches).toEqual(switches.map((_, at) => (at % 2 === 0 ? 'pause-sound' : 'resume-sound')));
      expect(state.ended !== null || (switches.length % 2 === 1) === (callStateOf(state) === 'paused')).toBe(true);
    });
  });

  it('a call in which nobody speaks any more comes back to listening', () => {
    always((events, rules) => {
      const before = play(initialState(rules), events).state;
      const { state } = play(before, ending(before));
      expect([callStateOf(state), state.response]).toEqual(['listening', null]);
    });
  });

  it('a doubt is settled by time where nothing else settles it', () => {
    always((events, rules) => {
      const before = play(initialState(rules), [...events, on.back()]).state;
      const { state } = play(before, [...before.utterances.map(({ id }) => on.stops(id)), on.time('doubt')]);
      expect(callStateOf(state)).not.toBe('paused');
    });
  });

  it('timers that run are those that are waited for', () => {
    always((events, rules) => {
      const { state, effects } = play(initialState(rules), [{ type: 'call-started' }, ...events]);
      const running = runningTimers(effects);
      const due: TurnTimer[] = state.ended ? [] : ['too-long'];
      if (!state.ended && !state.isConnected) due.push('resume');
      if (isIdle(state)) due.push('idle');
      if (!state.ended && awaitsWords(state) !== null) due.push('doubt');
      expect(due.filter((timer) => !running.has(timer))).toEqual([]);
      expect([...running].filter((timer) => !due.includes(timer))).toEqual([]);
    });
  });
});

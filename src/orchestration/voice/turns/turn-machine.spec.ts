import { describe, expect, it } from 'vitest';
import { on, playTurns, so, type TurnRow } from '../../../../test/setup/turn-machine.js';

describe('a call', () => {
  const allTimers = ['cancel doubt', 'cancel idle', 'cancel too-long', 'cancel resume'];

  it.each<TurnRow>([
    [
      'begins with its limits',
      [{ type: 'call-started' }],
      ['start too-long 3600000', 'start idle 120000'],
      'listening',
    ],
    [
      'ends when nobody says anything',
      [on.time('idle')],
      [...allTimers, 'tell call.ended', 'end-call idle'],
      'listening',
    ],
    ['does not end while somebody speaks', [on.begins('a'), on.time('idle')], [], 'listening'],
    [
      'ends when it has taken too long',
      [...so.speaking, on.time('too-long')],
      ['stop-turn turn_1: cancelled', ...allTimers, 'tell call.ended', 'end-call too-long'],
      'listening',
    ],
    [
      'ends in the middle of everything',
      [...so.interrupted, on.end()],
      ['stop-turn turn_1: cancelled', ...allTimers, 'tell call.ended', 'end-call client, turn_2: b'],
      'listening',
    ],
    [
      'ends with what was said and not answered yet',
      [on.typed('It is late.', false), on.begins('a'), on.end()],
      [...allTimers, 'tell call.ended', 'end-call client, turn_1: "It is late." + a'],
      'listening',
    ],
    [
      'asks nobody for the words of somebody who is signed out',
      [on.begins('a'), on.end('signed-out')],
      ['drop-utterance a', ...allTimers, 'tell call.ended', 'end-call signed-out'],
      'listening',
    ],
    ['begins its silence anew with sound that waits to be committed', [on.kept()], ['start idle 120000'], 'listening'],
    ['has no silence to begin anew while something is answered', [...so.speaking, on.kept()], [], 'speaking'],
    ['ends once', [on.end(), on.end()], [], 'listening'],
    ['does nothing after its end', [on.end(), ...so.asked], [], 'listening'],
    [
      'holds the sound while its client is away',
      [...so.speaking, on.gone()],
      ['start resume 30000', 'pause-sound', 'tell call.state paused'],
      'paused',
    ],
    [
      'goes on when its client is back',
      [...so.speaking, on.gone(), on.back()],
      ['cancel resume', 'resume-sound', 'tell call.state speaking'],
      'speaking',
    ],
    ['is not idle while its client is away', [on.gone()], ['start resume 30000', 'cancel idle'], 'listening'],
    ['is lost once', [on.gone(), on.gone()], [], 'listening'],
    [
      'ends when its client does not come back',
      [on.gone(), on.time('resume')],
      [...allTimers, 'tell call.ended', 'end-call connection-lost'],
      'listening',
    ],
    ['does not end when its client is back in time', [on.gone(), on.back(), on.time('resume')], [], 'listening'],
    [
      'stays held where its client comes back in the middle of a word',
      [...so.interrupted, on.gone(), on.back()],
      ['cancel resume'],
      'paused',
    ],
  ])('%s', (_, events, done, call, rules) => {
    const played = playTurns(events, rules);
    expect([played.done, played.call]).toEqual([done, call]);
  });

  it('tells where too much waits for an answer', () => {
    const texts = Array.from({ length: 65 }, (_, at) => on.typed(`${at}`, false));
    expect(playTurns(texts).done).toEqual(['tell error']);
  });
});

import { describe, expect, it } from 'vitest';
import { on, playTurns, so, type TurnRow } from '../../../../test/setup/turn-machine.js';

describe('an answer', () => {
  it.each<TurnRow>([
    ['is told as it is written', [...so.asked, on.text(1)], ['tell response.text-delta'], 'thinking'],
    ['speaks once its first sound leaves', so.speaking, ['tell call.state speaking'], 'speaking'],
    ['is said to its end once it is written', [...so.speaking, on.ended(1)], ['finish turn_1'], 'speaking'],
    ['has not ended before it is stored', [...so.speaking, on.ended(1), on.played(1)], [], 'speaking'],
    [
      'ends once it is heard and stored',
      [...so.speaking, on.ended(1), on.played(1), on.recorded(1)],
      ['end-turn turn_1: completed', 'tell call.state listening', 'start idle 120000'],
      'listening',
    ],
    [
      'ends in either order',
      [...so.speaking, on.ended(1), on.recorded(1), on.played(1)],
      ['end-turn turn_1: completed', 'tell call.state listening', 'start idle 120000'],
      'listening',
    ],
    [
      'that fails is told and apologised for',
      [...so.asked, on.ended(1, true)],
      ['tell error', 'finish turn_1: no-answer'],
      'thinking',
    ],
    [
      'that has failed is told once',
      [...so.asked, on.ended(1, true), on.recorded(1, true), on.played(1)],
      ['end-turn turn_1: failed', 'tell call.state listening', 'start idle 120000'],
      'listening',
    ],
    [
      'that cannot be stored is told',
      [...so.speaking, on.ended(1), on.played(1), on.recorded(1, true)],
      ['tell error', 'end-turn turn_1: failed', 'tell call.state listening', 'start idle 120000'],
      'listening',
    ],
    ['without its voice goes on', [...so.speaking, on.muted(1)], ['tell error'], 'speaking'],
    ['without its voice is told once', [...so.speaking, on.muted(1), on.muted(1)], [], 'speaking'],
    ['is one at a time', [...so.asked, on.wanted()], ['tell error'], 'thinking'],
    [
      'that is stored lets the next one wait',
      [...so.speaking, on.ended(1), on.played(1), on.typed('Next.')],
      [],
      'speaking',
    ],
    [
      'that is stored lets the next one begin',
      [...so.speaking, on.ended(1), on.played(1), on.typed('Next.'), on.recorded(1)],
      ['end-turn turn_1: completed', 'tell response.started', 'begin turn_2: Next.', 'tell call.state thinking'],
      'thinking',
    ],
    ['to typed text that waits is not given', [on.typed('Hi.', false)], ['start idle 120000'], 'listening'],
    [
      'to typed text that waits is given when it is wanted',
      [on.typed('Hi.', false), on.typed('You.', false), on.wanted()],
      ['tell response.started', 'begin turn_1: Hi. + You.', 'tell call.state thinking', 'cancel idle'],
      'thinking',
    ],
    ['goes on beside typed text that waits', [...so.speaking, on.typed('Hi.', false)], [], 'speaking'],
    ['that is over is not heard of again', [...so.speaking, on.cancelled(), on.text(1)], [], 'listening'],
    ['that is over has no tools', [...so.speaking, on.cancelled(), on.tool(1)], [], 'listening'],
    ['that is over does not fail', [...so.speaking, on.cancelled(), on.ended(1, true)], [], 'listening'],
    ['that is over does not end again', [...so.speaking, on.cancelled(), on.played(1)], [], 'listening'],
  ])('%s', (_, events, done, call, rules) => {
    const played = playTurns(events, rules);
    expect([played.done, played.call]).toEqual([done, call]);
  });
});

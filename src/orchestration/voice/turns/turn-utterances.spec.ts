import { describe, expect, it } from 'vitest';
import { on, playTurns, so, type TurnRow } from '../../../../test/setup/turn-machine.js';

describe('speech', () => {
  it.each<TurnRow>([
    [
      'is written down from its beginning on',
      [on.begins('a')],
      ['tell speech.started', 'transcribe a', 'cancel idle'],
      'listening',
    ],
    ['is not heard twice', [on.begins('a'), on.begins('a')], [], 'listening'],
    ['ends once', [on.begins('a'), on.stops('a'), on.stops('a')], [], 'listening'],
    [
      'that was none is forgotten',
      [on.begins('a'), on.stops('a'), on.final('a', ' … ')],
      ['tell transcript.final', 'start idle 120000'],
      'listening',
    ],
    [
      'with words is answered',
      so.asked,
      ['tell transcript.final', 'tell response.started', 'begin turn_1: Hi.', 'tell call.state thinking'],
      'thinking',
    ],
    [
      'waits for what is being said as well',
      [on.begins('a'), on.stops('a'), on.begins('b'), on.final('a', 'One')],
      ['tell transcript.final'],
      'listening',
    ],
    [
      'is answered together with what was said as well',
      [on.begins('a'), on.stops('a'), on.begins('b'), on.final('a', 'One'), on.stops('b'), on.final('b', 'two.')],
      ['tell transcript.final', 'tell response.started', 'begin turn_1: One + two.', 'tell call.state thinking'],
      'thinking',
    ],
    [
      'is answered though what came after it was none',
      [on.begins('a'), on.stops('a'), on.begins('b'), on.final('a', 'One'), on.stops('b'), on.final('b', '')],
      ['tell transcript.final', 'tell response.started', 'begin turn_1: One', 'tell call.state thinking'],
      'thinking',
    ],
    [
      'waits for its answer to be asked for',
      so.asked,
      ['tell transcript.final', 'start idle 120000'],
      'listening',
      { respond: false },
    ],
    [
      'is answered when that is asked for',
      [...so.asked, on.wanted()],
      ['tell response.started', 'begin turn_1: Hi.', 'tell call.state thinking', 'cancel idle'],
      'thinking',
      { respond: false },
    ],
    [
      'is waited for when an answer was asked for before its words came',
      [on.begins('a'), on.stops('a'), on.wanted(), on.final('a', 'Hi.')],
      ['tell transcript.final', 'tell response.started', 'begin turn_1: Hi.', 'tell call.state thinking'],
      'thinking',
      { respond: false },
    ],
    [
      'that cannot be understood is apologised for',
      [on.begins('a'), on.stops('a'), on.lost('a')],
      ['tell error', 'tell response.started', 'apologise turn_1: not-understood', 'tell call.state thinking'],
      'thinking',
    ],
    [
      'that cannot be understood is only told while more is said',
      [on.begins('a'), on.stops('a'), on.begins('b'), on.lost('a')],
      ['tell error'],
      'listening',
    ],
  ])('%s', (_, events, done, call, rules) => {
    const played = playTurns(events, rules);
    expect([played.done, played.call]).toEqual([done, call]);
  });
});

describe('an interruption', () => {
  it.each<TurnRow>([
    [
      'holds the sound',
      so.interrupted,
      ['tell speech.started', 'transcribe b', 'pause-sound', 'tell call.state paused'],
      'paused',
    ],
    [
      'holds an answer that is not heard yet',
      [...so.asked, on.begins('b')],
      ['tell speech.started', 'transcribe b', 'pause-sound', 'tell call.state paused'],
      'paused',
    ],
    [
      'waits two seconds for words',
      [...so.interrupted, on.stops('b')],
      ['tell speech.stopped', 'start doubt 2000'],
      'paused',
    ],
    [
      'without words in time was none',
      [...so.interrupted, on.stops('b'), on.time('doubt')],
      ['count false-interruption', 'resume-sound', 'tell call.state speaking', 'cancel doubt'],
      'speaking',
    ],
    [
      'without words was none',
      [...so.interrupted, on.stops('b'), on.final('b', '')],
      ['tell transcript.final', 'count false-interruption', 'resume-sound', 'tell call.state speaking', 'cancel doubt'],
      'speaking',
    ],
    [
      'that cannot be understood was none',
      [...so.interrupted, on.stops('b'), on.lost('b')],
      ['tell error', 'count false-interruption', 'resume-sound', 'tell call.state speaking', 'cancel doubt'],
      'speaking',
    ],
    [
      'waits anew where somebody goes on',
      [...so.interrupted, on.stops('b'), on.begins('c')],
      ['tell speech.started', 'transcribe c', 'cancel doubt'],
      'paused',
    ],
    [
      'is not over while somebody else speaks',
      [...so.interrupted, on.stops('b'), on.begins('c'), on.final('b', '')],
      ['tell transcript.final'],
      'paused',
    ],
    [
      'with words in a partial transcript stops the turn',
      [...so.interrupted, on.partial('b', 'But')],
      [
        'tell transcript.partial',
        'stop-turn turn_1: interrupted',
        'count barge-in',
        'resume-sound',
        'tell call.state listening',
      ],
      'listening',
    ],
    [
      'with words stops the turn and is answered',
      [...so.interrupted, on.stops('b'), on.final('b', 'No.')],
      [
        'tell transcript.final',
        'stop-turn turn_1: interrupted',
        'count barge-in',
        'tell response.started',
        'begin turn_2: No.',
        'resume-sound',
        'tell call.state thinking',
        'cancel doubt',
      ],
      'thinking',
    ],
    [
      'with words that come late stops the turn, too',
      [...so.interrupted, on.stops('b'), on.time('doubt'), on.final('b', 'No.')],
      [
        'tell transcript.final',
        'stop-turn turn_1: interrupted',
        'count barge-in',
        'tell response.started',
        'begin turn_2: No.',
        'tell call.state thinking',
      ],
      'thinking',
    ],
    [
      'is none of what is only being stored',
      [...so.speaking, on.ended(1), on.played(1), on.begins('b')],
      ['tell speech.started', 'transcribe b'],
      'speaking',
    ],
    [
      'is none where that is not allowed',
      so.interrupted,
      ['tell speech.started', 'transcribe b'],
      'speaking',
      { interruptible: false },
    ],
    [
      'by typed text stops the turn',
      [...so.speaking, on.typed('No.')],
      ['stop-turn turn_1: interrupted', 'tell response.started', 'begin turn_2: No.', 'tell call.state thinking'],
      'thinking',
    ],
    [
      'by typed text is answered without waiting for who speaks, and holds its breath',
      [on.begins('a'), on.typed('No.')],
      ['tell response.started', 'begin turn_1: No.', 'pause-sound', 'tell call.state paused'],
      'paused',
    ],
    [
      'by the client stops the turn',
      [...so.speaking, on.cancelled(1)],
      ['stop-turn turn_1: cancelled', 'tell call.state listening', 'start idle 120000'],
      'listening',
    ],
    ['by the client of another turn stops nothing', [...so.speaking, on.cancelled(2)], [], 'speaking'],
    [
      'by the client of a held turn frees the sound',
      [...so.interrupted, on.stops('b'), on.cancelled()],
      ['stop-turn turn_1: cancelled', 'resume-sound', 'tell call.state listening', 'cancel doubt'],
      'listening',
    ],
  ])('%s', (_, events, done, call, rules) => {
    const played = playTurns(events, rules);
    expect([played.done, played.call]).toEqual([done, call]);
  });
});

import { describe, expect, it } from 'vitest';
import { on, playTurns } from '../../../../test/setup/turn-machine.js';
import type { TurnEvent } from './turn-event.js';
import type { TurnRules } from './turn-state.js';

const asked = [on.begins('a'), on.stops('a'), on.final('a', 'Hi.')];
const speaking = [...asked, on.text(1), on.sound(1)];
const interrupted = [...speaking, on.begins('b')];

type Row = [name: string, events: TurnEvent[], done: string[], call: string, rules?: Partial<TurnRules>];

describe('speech', () => {
  it.each<Row>([
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
      asked,
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
      asked,
      ['tell transcript.final', 'start idle 120000'],
      'listening',
      { respond: false },
    ],
    [
      'is answered when that is asked for',
      [...asked, on.wanted()],
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

describe('an answer', () => {
  it.each<Row>([
    ['is told as it is written', [...asked, on.text(1)], ['tell response.text-delta'], 'thinking'],
    ['speaks once its first sound leaves', speaking, ['tell call.state speaking'], 'speaking'],
    ['is said to its end once it is written', [...speaking, on.ended(1)], ['finish turn_1'], 'speaking'],
    ['has not ended before it is stored', [...speaking, on.ended(1), on.played(1)], [], 'speaking'],
    [
      'ends once it is heard and stored',
      [...speaking, on.ended(1), on.played(1), on.recorded(1)],
      ['end-turn turn_1: completed', 'tell call.state listening', 'start idle 120000'],
      'listening',
    ],
    [
      'ends in either order',
      [...speaking, on.ended(1), on.recorded(1), on.played(1)],
      ['end-turn turn_1: completed', 'tell call.state listening', 'start idle 120000'],
      'listening',
    ],
    [
      'that fails is told and apologised for',
      [...asked, on.ended(1, true)],
      ['tell error', 'finish turn_1: no-answer'],
      'thinking',
    ],
    [
      'that has failed is told once',
      [...asked, on.ended(1, true), on.recorded(1, true), on.played(1)],
      ['end-turn turn_1: failed', 'tell call.state listening', 'start idle 120000'],
      'listening',
    ],
    [
      'that cannot be stored is told',
      [...speaking, on.ended(1), on.played(1), on.recorded(1, true)],
      ['tell error', 'end-turn turn_1: failed', 'tell call.state listening', 'start idle 120000'],
      'listening',
    ],
    ['without its voice goes on', [...speaking, on.muted(1)], ['tell error'], 'speaking'],
    ['without its voice is told once', [...speaking, on.muted(1), on.muted(1)], [], 'speaking'],
    ['is one at a time', [...asked, on.wanted()], ['tell error'], 'thinking'],
    [
      'that is stored lets the next one wait',
      [...speaking, on.ended(1), on.played(1), on.typed('Next.')],
      [],
      'speaking',
    ],
    [
      'that is stored lets the next one begin',
      [...speaking, on.ended(1), on.played(1), on.typed('Next.'), on.recorded(1)],
      ['end-turn turn_1: completed', 'tell response.started', 'begin turn_2: Next.', 'tell call.state thinking'],
      'thinking',
    ],
    ['that is over is not heard of again', [...speaking, on.cancelled(), on.text(1)], [], 'listening'],
    ['that is over has no tools', [...speaking, on.cancelled(), on.tool(1)], [], 'listening'],
    ['that is over does not fail', [...speaking, on.cancelled(), on.ended(1, true)], [], 'listening'],
    ['that is over does not end again', [...speaking, on.cancelled(), on.played(1)], [], 'listening'],
  ])('%s', (_, events, done, call, rules) => {
    const played = playTurns(events, rules);
    expect([played.done, played.call]).toEqual([done, call]);
  });
});

describe('an interruption', () => {
  it.each<Row>([
    [
      'holds the sound',
      interrupted,
      ['tell speech.started', 'transcribe b', 'pause-sound', 'tell call.state paused'],
      'paused',
    ],
    [
      'holds an answer that is not heard yet',
      [...asked, on.begins('b')],
      ['tell speech.started', 'transcribe b', 'pause-sound', 'tell call.state paused'],
      'paused',
    ],
    [
      'waits two seconds for words',
      [...interrupted, on.stops('b')],
      ['tell speech.stopped', 'start doubt 2000'],
      'paused',
    ],
    [
      'without words in time was none',
      [...interrupted, on.stops('b'), on.time('doubt')],
      ['count false-interruption', 'resume-sound', 'tell call.state speaking', 'cancel doubt'],
      'speaking',
    ],
    [
      'without words was none',
      [...interrupted, on.stops('b'), on.final('b', '')],
      ['tell transcript.final', 'count false-interruption', 'resume-sound', 'tell call.state speaking', 'cancel doubt'],
      'speaking',
    ],
    [
      'that cannot be understood was none',
      [...interrupted, on.stops('b'), on.lost('b')],
      ['tell error', 'count false-interruption', 'resume-sound', 'tell call.state speaking', 'cancel doubt'],
      'speaking',
    ],
    [
      'waits anew where somebody goes on',
      [...interrupted, on.stops('b'), on.begins('c')],
      ['tell speech.started', 'transcribe c', 'cancel doubt'],
      'paused',
    ],
    [
      'is not over while somebody else speaks',
      [...interrupted, on.stops('b'), on.begins('c'), on.final('b', '')],
      ['tell transcript.final'],
      'paused',
    ],
    [
      'with words in a partial transcript stops the turn',
      [...interrupted, on.partial('b', 'But')],
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
      [...interrupted, on.stops('b'), on.final('b', 'No.')],
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
      [...interrupted, on.stops('b'), on.time('doubt'), on.final('b', 'No.')],
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
      [...speaking, on.ended(1), on.played(1), on.begins('b')],
      ['tell speech.started', 'transcribe b'],
      'speaking',
    ],
    [
      'is none where that is not allowed',
      interrupted,
      ['tell speech.started', 'transcribe b'],
      'speaking',
      { interruptible: false },
    ],
    [
      'by typed text stops the turn',
      [...speaking, on.typed('No.')],
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
      [...speaking, on.cancelled(1)],
      ['stop-turn turn_1: cancelled', 'tell call.state listening', 'start idle 120000'],
      'listening',
    ],
    ['by the client of another turn stops nothing', [...speaking, on.cancelled(2)], [], 'speaking'],
    [
      'by the client of a held turn frees the sound',
      [...interrupted, on.stops('b'), on.cancelled()],
      ['stop-turn turn_1: cancelled', 'resume-sound', 'tell call.state listening', 'cancel doubt'],
      'listening',
    ],
  ])('%s', (_, events, done, call, rules) => {
    const played = playTurns(events, rules);
    expect([played.done, played.call]).toEqual([done, call]);
  });
});

describe('a call', () => {
  const allTimers = ['cancel doubt', 'cancel idle', 'cancel too-long', 'cancel resume'];

  it.each<Row>([
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
      [...speaking, on.time('too-long')],
      ['stop-turn turn_1: cancelled', ...allTimers, 'tell call.ended', 'end-call too-long'],
      'listening',
    ],
    [
      'ends in the middle of everything',
      [...interrupted, on.end()],
      ['stop-turn turn_1: cancelled', 'drop-utterance b', ...allTimers, 'tell call.ended', 'end-call client'],
      'listening',
    ],
    ['ends once', [on.end(), on.end()], [], 'listening'],
    ['does nothing after its end', [on.end(), ...asked], [], 'listening'],
    [
      'holds the sound while its client is away',
      [...speaking, on.gone()],
      ['start resume 30000', 'pause-sound', 'tell call.state paused'],
      'paused',
    ],
    [
      'goes on when its client is back',
      [...speaking, on.gone(), on.back()],
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
      [...interrupted, on.gone(), on.back()],
      ['cancel resume'],
      'paused',
    ],
  ])('%s', (_, events, done, call, rules) => {
    const played = playTurns(events, rules);
    expect([played.done, played.call]).toEqual([done, call]);
  });

  it('tells where too much waits for an answer', () => {
    const texts = Array.from({ length: 65 }, (_, at) => on.typed(`${at}`));
    expect(playTurns(texts, { respond: false }).done).toEqual(['tell error']);
  });
});

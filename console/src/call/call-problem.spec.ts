import { describe, expect, it } from 'vitest';
import { ApiError } from '../api-error.js';
import { callProblem, endProblem, microphoneProblem } from './call-problem.js';

describe(microphoneProblem, () => {
  it.each([
    ['NotAllowedError', 'This page may not use the microphone.'],
    ['NotFoundError', 'No microphone was found.'],
    ['NotReadableError', 'The microphone could not be opened.'],
    ['AnythingElse', 'The microphone could not be opened.'],
  ])('says %s in plain words', (name, text) => {
    expect(microphoneProblem(new DOMException('x', name)).text).toBe(text);
  });
});

describe(callProblem, () => {
  it('says which variable to set where the server has no speech', () => {
    expect(callProblem(new ApiError('Nothing.', 'ENGINE_UNSUPPORTED', 501)).hint).toContain('OPENAI_API_KEY');
  });

  it('passes on what the server says, with the id to quote', () => {
    const problem = callProblem(new ApiError('Too many calls.', 'RATE_LIMIT_EXCEEDED', 429, 'r1'));
    expect(problem).toEqual({ text: 'Too many calls.', hint: 'Request id: r1' });
  });
});

describe(endProblem, () => {
  it.each([
    ['client', null],
    ['newer', null],
    ['idle', 'The call ended, as nobody said anything for a while.'],
  ])('of %s', (reason, text) => {
    expect(endProblem(reason)?.text ?? null).toBe(text);
  });
});

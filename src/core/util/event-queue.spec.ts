import { describe, expect, it } from 'vitest';
import { EventQueue } from './event-queue.js';

describe('EventQueue', () => {
  it('hands on what is pushed before and while it is read, then ends', async () => {
    const queue = new EventQueue<number>();
    queue.push(1);
    queue.push(2);
    const read: number[] = [];
    for await (const item of queue) {
      read.push(item);
      if (item === 2) setImmediate(() => queue.push(3));
      if (item === 3) {
        queue.push(4);
        queue.end();
        queue.push(5);
      }
    }
    expect(read).toEqual([1, 2, 3, 4]);
  });

  it('ends without anything', async () => {
    const queue = new EventQueue<number>();
    setImmediate(() => queue.end());
    const read: number[] = [];
    for await (const item of queue) read.push(item);
    expect(read).toEqual([]);
  });
});

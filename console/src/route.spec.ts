import { describe, expect, it } from 'vitest';
import { parseRoute, type Route, routeHash } from './route.js';

describe(parseRoute, () => {
  it.each<[string, Route]>([
    ['', { page: 'home' }],
    ['#/', { page: 'home' }],
    ['#/elsewhere', { page: 'home' }],
    ['#/chat/', { page: 'home' }],
    ['#/memory', { page: 'memory', part: 'memories' }],
    ['#/memory/', { page: 'memory', part: 'memories' }],
    ['#/memory/facts', { page: 'memory', part: 'facts' }],
    ['#/memory/documents', { page: 'memory', part: 'documents' }],
    ['#/memory/secrets', { page: 'home' }],
    ['#/chat/s1', { page: 'chat', sessionId: 's1', messageId: null }],
    ['#/chat/s1/m1', { page: 'chat', sessionId: 's1', messageId: 'm1' }],
    ['#/chat/a%2Fb', { page: 'chat', sessionId: 'a/b', messageId: null }],
    ['#/chat/100%', { page: 'chat', sessionId: '100%', messageId: null }],
  ])('%s', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });

  it.each<Route>([
    { page: 'home' },
    { page: 'chat', sessionId: 'a/b c', messageId: null },
    { page: 'chat', sessionId: 's', messageId: 'm#1' },
    { page: 'memory', part: 'memories' },
    { page: 'memory', part: 'documents' },
  ])('reads back what routeHash wrote: %j', (route) => {
    expect(parseRoute(routeHash(route))).toEqual(route);
  });
});

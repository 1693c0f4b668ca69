import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { SessionSummary } from '../api-types.js';
import { type KnownPart, routeHash } from '../route.js';
import { Documents } from './documents.js';
import { Facts } from './facts.js';
import { Memories } from './memories.js';

const PARTS: [KnownPart, string][] = [
  ['memories', 'Memories'],
  ['facts', 'Facts'],
  ['documents', 'Documents'],
];

interface AboutPageProps {
  part: KnownPart;
  sessions: SessionSummary[];
  menu: ComponentChildren;
}

/** All that companions know of the user: to see, to correct and to delete. */
export const AboutPage = ({ part, sessions, menu }: AboutPageProps) => {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = 'What I know about you · CozyEngine';
    heading.current?.focus();
  }, []);
  return (
    <>
      <header class="chat-top">
        {menu}
        <div class="chat-title">
          <h1 ref={heading} tabIndex={-1}>
            What I know about you
          </h1>
        </div>
      </header>
      <div class="about">
        <nav class="tabs" aria-label="Kinds of knowledge">
          {PARTS.map(([name, label]) => (
            <a
              key={name}
              href={routeHash({ page: 'memory', part: name })}
              aria-current={name === part ? 'page' : undefined}
            >
              {label}
            </a>
          ))}
        </nav>
        {part === 'memories' && <Memories sessions={sessions} />}
        {part === 'facts' && <Facts />}
        {part === 'documents' && <Documents />}
      </div>
    </>
  );
};

import { useState } from 'preact/hooks';
import { AccountDialog } from '../account/account-dialog.js';
import type { SessionList as List, User } from '../api-types.js';
import { routeHash } from '../route.js';
import { useApi } from '../services.js';
import type { Loaded } from '../use-sessions.js';
import { Icon, Logo } from './icon.js';
import { SearchResults } from './search-results.js';
import { type SessionActions, SessionList } from './session-list.js';
import { ThemeButton } from './theme-button.js';

interface SidebarProps extends SessionActions {
  user: User;
  list: Loaded<List>;
  openId: string | null;
  /** Whether the page of what is known of the user is open. */
  aboutOpen: boolean;
  onNew: () => void;
  /** A link has been followed. */
  onLeave: () => void;
  /** Only as a drawer. */
  onClose: (() => void) | null;
}

const SearchField = ({ value, onChange }: { value: string; onChange: (text: string) => void }) => (
  <search class="search-field">
    <Icon name="search" />
    <input
      type="search"
      aria-label="Search your messages"
      placeholder="Search your messages"
      value={value}
      onInput={(event) => onChange(event.currentTarget.value)}
    />
  </search>
);

const AboutLink = ({ open, onLeave }: { open: boolean; onLeave: () => void }) => (
  <a
    class="about-link"
    href={routeHash({ page: 'memory', part: 'memories' })}
    aria-current={open ? 'page' : undefined}
    onClick={onLeave}
  >
    <Icon name="book" />
    What I know about you
  </a>
);

const Account = ({ user }: { user: User }) => {
  const api = useApi();
  const [open, setOpen] = useState(false);
  const signOut = (): void => {
    // The next to sign in may be someone else, who has no use for the address of this user's chat.
    window.location.hash = '#/';
    void api.logout();
  };
  return (
    <div class="account">
      <button
        type="button"
        class="account-name"
        aria-label={`Account of ${user.username}`}
        title={user.email}
        onClick={() => setOpen(true)}
      >
        <Icon name="person" />
        <span>{user.username}</span>
      </button>
      <ThemeButton />
      <button type="button" class="button small" onClick={signOut}>
        <Icon name="exit" />
        Sign out
      </button>
      {open && <AccountDialog user={user} onClose={() => setOpen(false)} />}
    </div>
  );
};

export const Sidebar = ({ user, list, openId, aboutOpen, onNew, onLeave, onClose, ...actions }: SidebarProps) => {
  const [query, setQuery] = useState('');
  return (
    <>
      <header class="sidebar-top">
        <Logo />
        <span class="brand">CozyEngine</span>
        {onClose && (
          <button type="button" class="icon-button" aria-label="Close the list of chats" onClick={onClose}>
            <Icon name="close" />
          </button>
        )}
      </header>
      <nav class="sidebar-nav" aria-label="Chats">
        <button type="button" class="button soft wide" onClick={onNew}>
          <Icon name="plus" />
          New chat
        </button>
        <SearchField value={query} onChange={setQuery} />
        {query.trim() ? (
          <SearchResults query={query} sessions={list.value?.sessions ?? []} onOpen={actions.onOpen} />
        ) : (
          <SessionList list={list} openId={openId} {...actions} />
        )}
      </nav>
      <AboutLink open={aboutOpen} onLeave={onLeave} />
      <Account user={user} />
    </>
  );
};

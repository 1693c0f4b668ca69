import { useState } from 'preact/hooks';
import type { SessionList as List, User } from '../api-types.js';
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
  onNew: () => void;
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

const Account = ({ user }: { user: User }) => {
  const api = useApi();
  const signOut = (): void => {
    // The next to sign in may be someone else, who has no use for the address of this user's chat.
    window.location.hash = '#/';
    void api.logout();
  };
  return (
    <div class="account">
      <span class="account-name" title={user.email}>
        {user.username}
      </span>
      <ThemeButton />
      <button type="button" class="button small" onClick={signOut}>
        <Icon name="exit" />
        Sign out
      </button>
    </div>
  );
};

export const Sidebar = ({ user, list, openId, onNew, onClose, ...actions }: SidebarProps) => {
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
      <Account user={user} />
    </>
  );
};

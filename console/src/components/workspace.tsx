import { useEffect, useRef, useState } from 'preact/hooks';
import { AboutPage } from '../about/about-page.js';
import type { Personality, SessionSummary } from '../api-types.js';
import type { Route } from '../route.js';
import type { Tokens } from '../token-store.js';
import { useRoute } from '../use-browser.js';
import { type Drawer, useDrawer } from '../use-drawer.js';
import { type Loaded, type Sessions, usePersonalities, useSessions } from '../use-sessions.js';
import { ChatView } from './chat-view.js';
import { Logo } from './icon.js';
import { MenuButton } from './menu-button.js';
import { PersonalityPicker } from './personality-picker.js';
import { DeleteDialog, RenameDialog } from './session-dialogs.js';
import type { SessionActions } from './session-list.js';
import { Sidebar } from './sidebar.js';
import { SiteFooter } from './site-footer.js';

type Dialog = { kind: 'rename' | 'delete'; session: SessionSummary };

interface PageProps {
  tokens: Tokens;
  route: Route;
  sessions: Sessions;
  personalities: Loaded<Personality[]>;
  drawer: Drawer;
  actions: SessionActions;
}

interface SideProps extends PageProps {
  onNew: () => void;
}

const Side = ({ tokens, route, sessions, personalities, drawer, actions, onNew }: SideProps) => {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (drawer.open) element.current?.querySelector('button')?.focus();
  }, [drawer.open]);
  const known = personalities.value ?? [];
  const personality = known.find((one) => one.is_default) ?? known[0];
  return (
    <div class="sidebar" id="sidebar" ref={element} inert={drawer.narrow && !drawer.open}>
      <Sidebar
        user={tokens.user}
        list={sessions.list}
        openId={route.page === 'chat' ? route.sessionId : null}
        aboutOpen={route.page === 'memory'}
        onNew={onNew}
        onLeave={drawer.hide}
        onClose={drawer.narrow ? drawer.hide : null}
        {...actions}
      />
      <SiteFooter personalityId={personality?.id ?? 'default'} token={tokens.access} />
    </div>
  );
};

const ChatPage = ({ route, sessions, personalities, drawer, actions }: PageProps & { route: { page: 'chat' } }) => (
  <ChatView
    sessionId={route.sessionId}
    messageId={route.messageId}
    session={sessions.list.value?.sessions.find((one) => one.session_id === route.sessionId)}
    personalities={personalities.value ?? []}
    menu={<MenuButton drawer={drawer} />}
    onTurn={sessions.refresh}
    onRename={actions.onRename}
    onDelete={actions.onDelete}
  />
);

const HomePage = ({ tokens, sessions, personalities, drawer, actions }: PageProps) => {
  useEffect(() => {
    document.title = 'CozyEngine';
  }, []);
  return (
    <>
      {drawer.narrow && (
        <header class="chat-top">
          <MenuButton drawer={drawer} />
          <Logo />
          <span class="brand">CozyEngine</span>
        </header>
      )}
      <PersonalityPicker
        personalities={personalities}
        username={tokens.user.username}
        onStart={async (id) => actions.onOpen(await sessions.create(id))}
      />
    </>
  );
};

const Page = (props: PageProps) => {
  const { route, sessions, drawer } = props;
  switch (route.page) {
    case 'chat':
      return <ChatPage key={route.sessionId} {...props} route={route} />;
    case 'memory': {
      const known = sessions.list.value?.sessions ?? [];
      return <AboutPage part={route.part} sessions={known} menu={<MenuButton drawer={drawer} />} />;
    }
    case 'home':
      return <HomePage {...props} />;
    default:
      return route satisfies never;
  }
};

interface DialogsProps {
  dialog: Dialog | null;
  sessions: Sessions;
  onDeleted: (sessionId: string) => void;
  onClose: () => void;
}

const Dialogs = ({ dialog, sessions, onDeleted, onClose }: DialogsProps) => {
  const remove = async (session: SessionSummary): Promise<void> => {
    await sessions.remove(session);
    onDeleted(session.session_id);
  };
  if (dialog?.kind === 'rename') {
    return <RenameDialog session={dialog.session} rename={sessions.rename} onClose={onClose} />;
  }
  return dialog && <DeleteDialog session={dialog.session} remove={remove} onClose={onClose} />;
};

export const Workspace = ({ tokens }: { tokens: Tokens }) => {
  const personalities = usePersonalities();
  const sessions = useSessions();
  const [route, go] = useRoute();
  const drawer = useDrawer();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const actions: SessionActions = {
    onOpen: (sessionId, messageId) => {
      drawer.hide();
      go({ page: 'chat', sessionId, messageId: messageId ?? null });
    },
    onRename: (session) => setDialog({ kind: 'rename', session }),
    onDelete: (session) => setDialog({ kind: 'delete', session }),
  };
  const goHome = (): void => {
    drawer.hide();
    go({ page: 'home' });
  };
  const onDeleted = (sessionId: string): void => {
    if (route.page === 'chat' && route.sessionId === sessionId) goHome();
  };
  const page = { tokens, sessions, personalities, drawer, actions };
  return (
    <div class={drawer.open ? 'workspace drawer-open' : 'workspace'}>
      <Side {...page} route={route} onNew={goHome} />
      <div class="scrim" onClick={drawer.hide} />
      <main class="main" inert={drawer.open}>
        <Page {...page} route={route} />
      </main>
      <Dialogs dialog={dialog} sessions={sessions} onDeleted={onDeleted} onClose={() => setDialog(null)} />
    </div>
  );
};

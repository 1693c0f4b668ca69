import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import { isUuid, newId } from '../../core/util/ids.js';
import { type MessagePlace, MessageRepository, type MessageRow } from '../../storage/messages/message.repository.js';
import { SpokenRepository, type SpokenRow } from '../../storage/messages/spoken.repository.js';
import { SessionRepository, type SessionRow, type SessionSort } from '../../storage/sessions/session.repository.js';
import { WriteBackService } from '../memory/write-back.service.js';
import { PersonalityService } from '../personalities/personality.service.js';

export interface SessionView extends SessionRow {
  /** Falls back to the id where the personality is no longer configured. */
  personalityName: string;
}

export interface SpokenMessage {
  role: 'user' | 'assistant';
  content: string;
  /** When it was said, as the client tells it; ISO-8601. */
  spokenAt: string | null;
}

/** A user's conversations. Another user's id is answered like an unknown one. */
@Injectable()
export class SessionService {
  constructor(
    private readonly sessions: SessionRepository,
    private readonly messages: MessageRepository,
    private readonly spoken: SpokenRepository,
    private readonly personalities: PersonalityService,
    private readonly writeBack: WriteBackService,
  ) {}

  /** A new session, the personality's welcome its first message. */
  async create(userId: string, wish: { personalityId?: string; title?: string }): Promise<SessionView> {
    const personality = wish.personalityId ? this.personalities.get(wish.personalityId) : this.personalities.default;
    const row = await this.sessions.create({
      id: newId(),
      userId,
      personalityId: personality.id,
      title: wish.title || null,
      welcome: personality.welcome_message ? { id: newId(), text: personality.welcome_message } : null,
    });
    return this.view(row);
  }

  async list(
    userId: string,
    page: { sort: SessionSort; descending: boolean; number: number; size: number },
  ): Promise<{ sessions: SessionView[]; total: number }> {
    const { rows, total } = await this.sessions.list(userId, {
      sort: page.sort,
      descending: page.descending,
      limit: page.size,
      offset: (page.number - 1) * page.size,
    });
    return { sessions: rows.map((row) => this.view(row)), total };
  }

  async get(id: string, userId: string): Promise<SessionView> {
    return this.view(found(isUuid(id) ? await this.sessions.find(id, userId) : undefined));
  }

  /** Messages after position `after`, oldest first. */
  async messagesOf(id: string, userId: string, limit: number, after = 0): Promise<MessageRow[]> {
    await this.get(id, userId);
    return this.messages.list(id, userId, limit, after);
  }

  /** The newest messages, oldest first. */
  async newestOf(id: string, userId: string, limit: number): Promise<MessageRow[]> {
    await this.get(id, userId);
    return this.messages.newest(id, userId, limit);
  }

  async rename(id: string, userId: string, title: string): Promise<SessionView> {
    return this.view(found(isUuid(id) ? await this.sessions.rename(id, userId, title) : undefined));
  }

  async search(userId: string, text: string, limit: number, before: string | null): Promise<MessageRow[]> {
    return this.messages.search(userId, text, limit, before);
  }

  /** Adds what was said in a voice call that ran elsewhere; it is learned from as from any turn. */
  async addSpoken(id: string, userId: string, spoken: SpokenMessage[]): Promise<number> {
    const { personalityId } = await this.get(id, userId);
    const personality = this.personalities.find(personalityId) ?? this.personalities.default;
    const promised = this.writeBack.promises(personality);
    const turns = spokenTurns(spoken).map((said) => {
      // Ids are in the order of time: a turn's comes before those of its messages.
      const turnId = newId();
      const works = promised.map((work) => ({ ...work, id: newId() }));
      return { turnId, works, messages: said.map((message) => spokenRow(message, personality.id)) };
    });
    const added = await this.spoken.append({ sessionId: id, userId, titleId: newId() }, turns);
    if (!added) throw new CozyError('RESOURCE_SESSION_NOT_FOUND');
    await this.writeBack.finish(personality, userId);
    return spoken.length;
  }

  /** Takes one message of a turn out of the session; what was learned of it stays. False where there is none. */
  removeMessage(place: MessagePlace): Promise<boolean> {
    return this.messages.remove(place);
  }

  private view(row: SessionRow): SessionView {
    return { ...row, personalityName: this.personalities.find(row.personalityId)?.name ?? row.personalityId };
  }
}

function found(row: SessionRow | undefined): SessionRow {
  if (!row) throw new CozyError('RESOURCE_SESSION_NOT_FOUND');
  return row;
}

/** A turn ends with what the companion says. */
function spokenTurns(spoken: readonly SpokenMessage[]): SpokenMessage[][] {
  const turns: SpokenMessage[][] = [];
  let isOver = true;
  for (const message of spoken) {
    if (isOver) turns.push([]);
    turns.at(-1)?.push(message);
    isOver = message.role === 'assistant';
  }
  return turns;
}

const spokenRow = ({ role, content, spokenAt }: SpokenMessage, personalityId: string): SpokenRow => ({
  id: newId(),
  role,
  content,
  metadata: { is_voice_call: true, personality_id: personalityId, ...(spokenAt && { spoken_at: spokenAt }) },
});

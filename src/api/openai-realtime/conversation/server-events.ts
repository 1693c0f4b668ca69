import type {
  ConversationItem,
  RealtimeConversationItemAssistantMessage,
  RealtimeConversationItemFunctionCall,
  RealtimeConversationItemUserMessage,
  RealtimeServerEvent,
} from 'openai/resources/realtime/realtime';
import { randomToken } from '../../../core/util/ids.js';

/** Short enough for whoever keeps OpenAI's ids, which have 32 characters at most. */
const ID_BYTES = 15;

export const newItemId = (): string => `item_${randomToken(ID_BYTES)}`;
export const newResponseId = (): string => `resp_${randomToken(ID_BYTES)}`;
export const newEventId = (): string => `event_${randomToken(ID_BYTES)}`;

/** An event of OpenAI's without its id, which whoever sends it gives it. */
export type ServerEvent = DistributiveOmit<RealtimeServerEvent, 'event_id'>;
type DistributiveOmit<Union, Key extends string> = Union extends unknown ? Omit<Union, Key> : never;

export type Item = ConversationItem & { id: string };
export type UserItem = RealtimeConversationItemUserMessage & { id: string };
export type AssistantItem = RealtimeConversationItemAssistantMessage & { id: string };
export type CallItem = RealtimeConversationItemFunctionCall & { id: string; call_id: string };

/** False where the client is too far behind for more sound. */
export type Send = (event: ServerEvent) => boolean;

import type { SessionService, SessionView } from '../../orchestration/sessions/session.service.js';

type MessageRow = Awaited<ReturnType<SessionService['messagesOf']>>[number];

export const sessionBody = (session: SessionView) => ({
  session_id: session.id,
  personality_id: session.personalityId,
  personality_name: session.personalityName,
  title: session.title,
  message_count: session.messageCount,
  total_tokens: Number(session.totalTokens),
  last_message_at: session.lastMessageAt.toISOString(),
  created_at: session.createdAt.toISOString(),
  updated_at: session.updatedAt.toISOString(),
});

/** `content` is always text; what was multimodal has its parts beside it. */
export const messageBody = (message: MessageRow) => ({
  id: message.id,
  role: message.role,
  content: message.content ?? '',
  created_at: message.createdAt.toISOString(),
  metadata: message.metadata,
  ...(message.parts && { parts: message.parts }),
  ...(message.toolCalls && { tool_calls: message.toolCalls }),
  ...(message.toolCallId !== null && { tool_call_id: message.toolCallId }),
});

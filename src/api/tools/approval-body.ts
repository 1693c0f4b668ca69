import type { ChatEvent } from '../../orchestration/chat/chat-event.js';

type ToolApproval = Extract<ChatEvent, { type: 'approval-required' }>['approval'];

/** A call that waits for somebody's yes, as clients see it. */
export const approvalBody = ({ id, tool, arguments: args, byUser, sessionId, createdAt, expiresAt }: ToolApproval) => ({
  id,
  tool_name: tool,
  parameters: args,
  session_id: sessionId,
  decided_by: byUser ? 'user' : 'admin',
  created_at: createdAt.toISOString(),
  expires_at: expiresAt.toISOString(),
});

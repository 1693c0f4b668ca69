import type { AuditCheckpointText, AuditHeadText, LockedHead } from '../../storage/audit/audit-chain.repository.js';
import { type AuditKeyring, checkpointBytes, headBytes } from './audit-chain.js';

/** The chain cannot be trusted where it ends: appending to it would hide what was done to it. */
export class BrokenChainError extends Error {
  override readonly name = 'BrokenChainError';
}

/** Whether the head may be built upon; throws a BrokenChainError where it may not. */
export function trustedHead(keys: AuditKeyring, { head, rowsBeyond, checkpointsBeyond }: LockedHead): AuditHeadText {
  if (!keys.knows(head.keyId))
    throw new BrokenChainError(
      `the head is signed with the key ${head.keyId}, which is not known here; give it as AUDIT_HMAC_KEY_PREVIOUS`,
    );
  if (!keys.verifies(head.keyId, headBytes(head), head.signature)) throw new BrokenChainError('the head was changed');
  if (rowsBeyond) throw new BrokenChainError(`there are rows behind the head, which is row ${head.seq}`);
  if (checkpointsBeyond) throw new BrokenChainError(`a checkpoint saw rows behind the head, which is row ${head.seq}`);
  return head;
}

export function trustedCheckpoint(keys: AuditKeyring, checkpoint: AuditCheckpointText): AuditCheckpointText {
  if (!keys.verifies(checkpoint.keyId, checkpointBytes(checkpoint), checkpoint.signature))
    throw new BrokenChainError(`the checkpoint at row ${checkpoint.seq} was changed`);
  return checkpoint;
}

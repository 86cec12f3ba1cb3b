import type { ChatRef } from '../../shared/wire.ts';
import type { JobRow } from '../store/schema.ts';

/** Where a job's files go: chat, topic and business connection. */
export const chatOf = (job: JobRow): ChatRef => ({
  id: job.chatId,
  type: job.chatType,
  ...(job.threadId !== null && { threadId: job.threadId }),
  ...(job.businessId !== null && { businessConnectionId: job.businessId }),
});

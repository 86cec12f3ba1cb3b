/** What the chat hands to the admins' part; it answers whether that was its business. */

import type { JobRequest } from '../../shared/wire.ts';
import type { Talk } from '../chat/parts.ts';

export type CommandAsk = Extract<JobRequest['ask'], { kind: 'command' }>;
export type DocumentAsk = Extract<JobRequest['ask'], { kind: 'document' }>;
export type Press = Extract<JobRequest['ask'], { kind: 'button' }>;
/** What the person who pressed reads. */
export type Toast = keyof Talk['texts']['toast'];

export interface AdminDesk {
  command(talk: Talk, ask: CommandAsk): Promise<boolean>;
  press(talk: Talk, action: string, arg: string, press: Press): Promise<Toast | undefined>;
  document(talk: Talk, ask: DocumentAsk): Promise<boolean>;
}

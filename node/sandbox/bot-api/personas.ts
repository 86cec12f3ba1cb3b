/** Who lives in the sandbox: two people, an admin and a group with topics. */
import type { Chat, User } from './shapes.ts';

export const ADMIN: User = {
  id: 1000,
  is_bot: false,
  first_name: 'Admin',
  username: 'postchi_admin',
  language_code: 'en',
};
export const EMMA: User = {
  id: 1001,
  is_bot: false,
  first_name: 'Emma',
  last_name: 'Wright',
  username: 'emma',
  language_code: 'en',
};
export const ALI: User = {
  id: 1002,
  is_bot: false,
  first_name: 'علی',
  last_name: 'رضایی',
  username: 'ali',
  language_code: 'fa',
};
export const PERSONAS: readonly User[] = [ALI, EMMA, ADMIN];

export const GROUP: Chat = {
  id: -1000000000001,
  type: 'supergroup',
  title: 'Film night · شب فیلم',
  is_forum: true,
};
export const TOPICS = [
  { id: 11, name: 'Trailers' },
  { id: 12, name: 'موسیقی' },
] as const;

/**
 * The admins' commands and buttons. Whoever is no admin gets no sign that they exist: the chat
 * answers as to any unknown command. In groups they do not exist for anybody, because their
 * answers are not for everyone there.
 */
import type { AdminDesk, Talk } from '../chat/parts.ts';
import { broadcast, pressBroadcast } from './broadcast.ts';
import { circuit, pressClose, pressOpen } from './circuit.ts';
import { cleanup, pressCleanup } from './cleanup.ts';
import { cookies, pressCookies, takeCookies } from './cookies.ts';
import { health } from './health.ts';
import { log } from './log-command.ts';
import { nodes, pressDrain, pressUndrain } from './nodes.ts';
import type { AdminCommand, AdminParts, AdminPress } from './parts.ts';
import { ban, pressBan, pressUnban, unban, user } from './people.ts';
import { queue } from './queue.ts';
import { channels, limits, maintenance } from './settings-commands.ts';
import { pressReset, resetStats, stats } from './stats.ts';
import { pressUpdate, update } from './update.ts';

const COMMANDS: Record<string, AdminCommand> = {
  ...{ stats, health, circuit, cleanup, queue, user, ban, unban, log },
  ...{ broadcast, cookies, maintenance, limits, channels, update, nodes },
  reset_stats: resetStats,
};

const PRESSES: Record<string, AdminPress> = {
  reset: pressReset,
  open: pressOpen,
  shut: pressClose,
  cleanup: pressCleanup,
  ban: pressBan,
  unban: pressUnban,
  cast: pressBroadcast,
  jar: pressCookies,
  ytdlp: pressUpdate,
  drain: pressDrain,
  undrain: pressUndrain,
};

export function createAdmin(parts: AdminParts): AdminDesk {
  const isFor = ({ request, user: { id } }: Talk) =>
    request.chat.type === 'private' && parts.isAdmin(id);
  const named = <T>(table: Record<string, T>, name: string) =>
    Object.hasOwn(table, name) ? table[name] : undefined;
  return {
    async command(talk, ask) {
      const command = isFor(talk) ? named(COMMANDS, ask.name) : undefined;
      if (command) await parts.speaks(talk.user.id, talk.lang);
      await command?.(parts, talk, ask);
      return command !== undefined;
    },
    async press(talk, action, arg, press) {
      const pressed = isFor(talk) ? named(PRESSES, action) : undefined;
      return pressed ? pressed(parts, talk, arg, press) : 'expired';
    },
    async document(talk, ask) {
      if (!isFor(talk)) return false;
      await takeCookies(parts, talk, ask);
      return true;
    },
  };
}

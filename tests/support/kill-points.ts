/**
 * The marked points of a job's life at which a kill -9 is tried. The node knows none of them:
 * the site and the Bot API see where it stands, and the kill comes from there.
 */
import {
  answerQuestion,
  type CrashScene,
  isSettled,
  nextPerson,
  type Seen,
  seenBy,
} from './crash.ts';

export interface KillPoint {
  name: string;
  /** Whether the person has to be asked; `maybe` where the kill and a write race. */
  asked: boolean | 'maybe';
  /** Bytes per second of the site, for points in the middle of a download. */
  rate?: number;
  /** Resolves when the moment has come, having killed the node itself where that must be exact. */
  moment(scene: CrashScene, about: { user: number; path: string }): Promise<void>;
}

/** Kills inside the Bot API's own handling of a call: before its effect, whatever happens then. */
function atCall(method: string, kind?: 'hang' | 'cut-after'): KillPoint['moment'] {
  return ({ telegram, bot }, { user }) =>
    new Promise((done) => {
      const { api } = telegram;
      const strike = () => {
        bot.kill('SIGKILL');
        done();
      };
      const mine = (fields: Readonly<Record<string, unknown>>) => Number(fields.chat_id) === user;
      if (kind) {
        const when = (fields: Readonly<Record<string, unknown>>) => {
          if (!mine(fields)) return false;
          strike();
          return true;
        };
        api.faults.add({ method, kind, when });
        return;
      }
      const look = (call: { method: string; fields: Readonly<Record<string, unknown>> }) => {
        if (call.method !== method || !mine(call.fields)) return;
        api.events.off('call', look);
        strike();
      };
      api.events.on('call', look);
    });
}

/** At a poll: the one that brings the update, or the next one, by which it was stored. */
function atPoll(event: 'call' | 'called', fits: (poll: Poll) => boolean): KillPoint['moment'] {
  return ({ telegram, bot }) =>
    new Promise((done) => {
      const { events } = telegram.api;
      const look = (poll: Poll & { method: string }) => {
        if (poll.method !== 'getUpdates' || !fits(poll)) return;
        events.off(event, look);
        bot.kill('SIGKILL');
        done();
      };
      events.on(event, look);
    });
}
interface Poll {
  result?: unknown;
}

const brought = ({ result }: Poll) => Array.isArray(result) && result.length > 0;

const answerMayArrive: KillPoint['moment'] = ({ telegram, bot }, { user }) =>
  new Promise((done) => {
    const { events } = telegram.api;
    const look = (call: { method: string; fields: Readonly<Record<string, unknown>> }) => {
      if (call.method !== 'sendVideo' || Number(call.fields.chat_id) !== user) return;
      events.off('called', look);
      setTimeout(() => {
        bot.kill('SIGKILL');
        done();
      }, user % 7);
    };
    events.on('called', look);
  });

export const KILL_POINTS: KillPoint[] = [
  { name: 'before the insert', asked: false, moment: atPoll('called', brought) },
  {
    name: 'after the insert',
    asked: false,
    // The poll after the one that brought it.
    moment: (scene, about) => {
      let came = false;
      scene.telegram.api.events.on('called', (poll: Poll & { method: string }) => {
        if (poll.method === 'getUpdates' && brought(poll)) came = true;
      });
      return atPoll('call', () => came)(scene, about);
    },
  },
  {
    name: 'claimed, looking at the link',
    asked: false,
    moment: ({ site }, { path }) => site.asked(path, 1),
  },
  {
    name: 'in the middle of the download',
    asked: false,
    rate: 30_000,
    moment: ({ site }, { path }) => site.asked(path, 2),
  },
  {
    name: 'an edit of the progress',
    asked: false,
    rate: 30_000,
    moment: atCall('editMessageText'),
  },
  {
    name: 'the upload begins',
    // A small file has left the node before anybody else sees its first byte.
    asked: 'maybe',
    moment: ({ wire, bot }) =>
      new Promise((done) => {
        const strike = () => {
          bot.kill('SIGKILL');
          done();
        };
        wire.onStart('sendVideo', strike, true);
      }),
  },
  { name: 'last byte, not acted on', asked: true, moment: atCall('sendVideo', 'hang') },
  { name: 'last byte, answer lost', asked: true, moment: atCall('sendVideo', 'cut-after') },
  { name: 'the answer arrives', asked: 'maybe', moment: answerMayArrive },
  { name: 'file_id saved, progress removed', asked: false, moment: atCall('deleteMessage') },
];

export interface KillFigures extends Seen {
  wasAsked: boolean;
  orphans: number;
  upMs: number;
}

/** One job, killed at the point, and what the chat shows once everything was answered. */
export async function killAt(scene: CrashScene, point: KillPoint): Promise<KillFigures> {
  const { telegram, site } = scene;
  const user = nextPerson();
  const path = `/of/${user}/small.mp4`;
  site.throttle(point.rate);
  const moment = point.moment(scene, { user, path });
  telegram.api.say(user, user, `${site.url}${path}`);
  await moment;
  const left = await scene.kill();
  site.throttle(undefined);
  const upMs = await scene.restart();
  const running = await scene.engines();
  await telegram.api.waitFor(() => isSettled(seenBy(telegram, user)), 60_000);
  const wasAsked = await askedAtLast(scene, user, point);
  if (wasAsked) await answerQuestion(telegram, user);
  await telegram.api.waitFor(() => seenBy(telegram, user).leftover.length === 0, 10_000);
  const orphans = left.filter((pid) => running.includes(pid)).length;
  return { ...seenBy(telegram, user), wasAsked, orphans, upMs };
}

/** A video can stand there before the question about it does. */
async function askedAtLast(
  { telegram, bot }: CrashScene,
  user: number,
  { asked }: KillPoint,
): Promise<boolean> {
  const question = () => seenBy(telegram, user).question;
  if (asked === true) await telegram.api.waitFor(question, 60_000);
  if (asked === 'maybe') {
    const recovered = bot.log.find(({ msg }) => msg === 'recovered after a crash');
    if (recovered?.uncertain === 1) await telegram.api.waitFor(question, 60_000);
  }
  return question() !== undefined;
}

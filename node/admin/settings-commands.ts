/** `/maintenance`, `/limits` and `/channels`. */
import type { LimitsFacts } from '../../shared/texts/catalogue/admin.ts';
import { type Channel, LIMIT_RANGES, type LimitName } from '../settings/settings.ts';
import { type AdminCommand, type AdminParts, answer, wordsOf } from './parts.ts';

const audited = (parts: AdminParts, userId: number, action: string, detail: unknown) =>
  parts.store.audit.add({ at: parts.now(), userId, action, detail });

export const maintenance: AdminCommand = async (parts, talk, { args }) => {
  const { settings, store, runner } = parts;
  const words = wordsOf(talk).maintenance;
  const wish = args.trim().toLowerCase();
  if (wish !== 'on' && wish !== 'off') {
    const text = `${words.is(settings.maintenance)}\n${words.usage}`;
    await answer(parts, talk, { text });
    return;
  }
  const { queued } = await store.jobs.figures();
  await settings.setMaintenance(wish === 'on');
  await audited(parts, talk.user.id, 'maintenance', wish);
  const text = wish === 'on' ? words.on({ running: runner.running.size }) : words.off({ queued });
  await answer(parts, talk, { text });
};

const isLimit = (name: string): name is LimitName => Object.hasOwn(LIMIT_RANGES, name);

/** Telegram bounds the size further than the range of the name does. */
const rangeOf = (parts: AdminParts, name: LimitName) => ({
  ...LIMIT_RANGES[name],
  ...(name === 'size' && { max: parts.largestMb }),
});

export const limits: AdminCommand = async (parts, talk, { args }) => {
  const text = await limitsAnswer(parts, talk, args.trim().toLowerCase().split(/\s+/));
  await answer(parts, talk, { text });
};

type Talked = Parameters<AdminCommand>[1];

async function limitsAnswer(
  parts: AdminParts,
  talk: Talked,
  [name = '', number = '']: string[],
): Promise<string> {
  const { settings, remoteEdge } = parts;
  const words = wordsOf(talk).limits;
  const facts: LimitsFacts = settings.limits;
  if (name === '') return words.page({ ...facts, changed: settings.changed, remoteEdge });
  if (name === 'reset') {
    await settings.resetLimits();
    await audited(parts, talk.user.id, 'limits', 'reset');
    return words.reset;
  }
  if (!isLimit(name)) return words.usage;
  const { min, max } = rangeOf(parts, name);
  const value = /^\d{1,7}$/.test(number) ? Number(number) : Number.NaN;
  if (!(value >= min && value <= max)) return words.bad({ name, min, max });
  await settings.setLimit(name, value);
  await audited(parts, talk.user.id, 'limits', { [name]: value });
  return words.set({ name, value });
}

export const channels: AdminCommand = async (parts, talk, { args }) => {
  const [action = '', name = ''] = args.trim().split(/\s+/);
  const text = await channelsAnswer(parts, talk, action.toLowerCase(), name);
  await answer(parts, talk, { text });
};

async function channelsAnswer(parts: AdminParts, talk: Talked, action: string, name: string) {
  const { settings } = parts;
  const words = wordsOf(talk).channels;
  if (action === '') return words.page({ channels: [...settings.channels] });
  if (!/^@[A-Za-z]\w{3,31}$/.test(name) || !['add', 'remove'].includes(action)) return words.usage;
  const others = settings.channels.filter((one) => one.name.toLowerCase() !== name.toLowerCase());
  if (action === 'remove') {
    if (others.length === settings.channels.length) return words.unknown;
    await settings.setChannels(others);
  } else {
    const channel = await visibleChannel(parts, talk.user.id, name);
    if (!channel) return words.cannotSee;
    await settings.setChannels([...others, channel]);
  }
  await audited(parts, talk.user.id, `channels_${action}`, name);
  return action === 'add' ? words.added(name) : words.removed(name);
}

/** Only an admin of a channel may look its members up, so one is looked up before it counts. */
async function visibleChannel(
  { api, log }: AdminParts,
  userId: number,
  name: string,
): Promise<Channel | undefined> {
  try {
    const chat = await api.getChat(name);
    await api.getChatMember(name, userId);
    return { name, title: 'title' in chat ? (chat.title ?? name) : name };
  } catch (err) {
    log.info({ channel: name, err }, 'the members of a channel cannot be seen');
    return undefined;
  }
}

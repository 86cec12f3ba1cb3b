/**
 * The node is gone for minutes while people go on writing:
 *
 *   npx tsx scripts/reliability/node-down.ts [SECONDS] [PEOPLE]
 *
 * The edge runs in workerd as `wrangler dev` starts it, the sender retries as Telegram's server
 * does (one update of a chat at a time, `Retry-After` obeyed). Each person sends four words and a
 * link. Needs a build. Exit code 1 when anything was lost, came twice or out of order.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { textsFor } from '../../shared/texts/index.ts';
import { freePort } from '../../tests/support/bot.ts';
import {
  type CrashScene,
  isSettled,
  nextPerson,
  seenBy,
  startCrashScene,
} from '../../tests/support/crash.ts';
import { startEdge } from '../../tests/support/edge.ts';

const [seconds = 300, people = 25] = process.argv.slice(2).map(Number);
const PER_PERSON = 5;
const NO_LINK = textsFor('en').noLink;
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

interface Sent {
  user: number;
  ids: number[];
}

/** Ids of a person's messages in the order in which they were answered. */
const answered = ({ telegram }: CrashScene, user: number) =>
  telegram.api
    .visible(user)
    .filter(({ bot, kind, text }) => bot && (kind !== 'text' || text === NO_LINK))
    .map(({ replyTo }) => replyTo);

function send({ telegram, site }: CrashScene): Sent[] {
  const users = Array.from({ length: people }, nextPerson);
  return users.map((user) => ({
    user,
    ids: Array.from({ length: PER_PERSON }, (_, n) => {
      const last = n === PER_PERSON - 1;
      const text = last ? `${site.url}/of/${user}/small.mp4` : `word ${n}`;
      return telegram.api.say(user, user, text).message_id;
    }),
  }));
}

/** Seconds after the return at which the last update was taken and the last link first fetched. */
async function recovery(scene: CrashScene, sent: Sent[], since: number) {
  const after = () => Math.round((Date.now() - since) / 100) / 10;
  let takenAfter = 0;
  const taken = scene.telegram.api
    .waitFor(() => scene.telegram.api.webhook.info().pending_update_count === 0, 300_000)
    .then(() => {
      takenAfter = after();
    });
  await Promise.all(sent.map(({ user }) => scene.site.asked(`/of/${user}/small.mp4`)));
  const startedAfter = after();
  const settled = () => sent.every(({ user }) => isSettled(seenBy(scene.telegram, user)));
  await Promise.all([taken, scene.telegram.api.waitFor(settled, 300_000)]);
  return { takenAfter, startedAfter, deliveredAfter: after() };
}

const [port, secret, nodeSecret] = [await freePort(), 'node-down', randomBytes(32).toString('hex')];
const scene = await startCrashScene({
  ...{ UPDATES: 'edge', NODE_SECRET: nodeSecret, PORT: String(port) },
});
const edge = await startEdge({
  ...{ NODE_URL: `http://127.0.0.1:${port}`, WEBHOOK_SECRET: secret, NODE_SECRET: nodeSecret },
  ...{ RATE_LIMIT_GLOBAL_PER_MIN: '0', RATE_LIMIT_USER_PER_MIN: '0' },
});
try {
  await scene.telegram.client.setWebhook(`${edge.url}/webhook`, { secret_token: secret });
  await scene.kill();
  const sent = send(scene);
  await wait(seconds * 1000);
  const since = Date.now();
  await scene.restart();
  const times = await recovery(scene, sent, since);
  const inOrder = sent.filter(({ user, ids }) => `${answered(scene, user)}` === `${ids}`).length;
  say({ downS: seconds, updates: people * PER_PERSON, people, inOrderAndOnce: inOrder, ...times });
  process.exitCode = inOrder === people ? 0 : 1;
} finally {
  await edge.stop();
  await scene.close();
}

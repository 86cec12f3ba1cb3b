/** One connection that hears what the other nodes call out, made anew whenever it breaks. */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../../log.ts';

export interface ListenerParts {
  url: string;
  channel: string;
  onText(text: string): void;
  /** It hears (again): what was said before was missed. */
  onListening(): void;
  log: Log;
}

export interface Listener {
  close(): Promise<void>;
}

const PAUSES_MS = [100, 250, 500, 1000, 2000, 5000];

/** How often a silent connection is asked whether it still stands, ms. */
const CHECK_MS = 10_000;

/** Resolves when it hears for the first time, or could not connect: then it goes on trying. */
export async function listen(parts: ListenerParts): Promise<Listener> {
  const { log } = parts;
  const stopping = new AbortController();
  let current: pg.Client | undefined;

  async function session(onUp: () => void): Promise<void> {
    const client = new pg.Client({
      ...{ connectionString: parts.url, keepAlive: true, application_name: 'postchi-listener' },
      ...{ connectionTimeoutMillis: 5000, query_timeout: 5000 },
    });
    const gone = new Promise<void>((resolve) => {
      client.on('error', (err) => {
        log.debug({ err }, 'the connection to the other nodes broke');
        resolve();
      });
      client.on('end', resolve);
    });
    client.on('notification', ({ payload = '' }) => parts.onText(payload));
    current = client;
    // A cable that was pulled says nothing: only a question finds out.
    let check: NodeJS.Timeout | undefined;
    try {
      await client.connect();
      await client.query(`LISTEN ${parts.channel}`);
      const silent = new Promise<void>((resolve) => {
        check = setInterval(() => void client.query('SELECT 1').catch(() => resolve()), CHECK_MS);
        check.unref();
      });
      onUp();
      await Promise.race([gone, silent]);
    } finally {
      clearInterval(check);
      void client.end().catch((err) => log.debug({ err }, 'it was gone already'));
    }
  }

  async function keepListening(onFirst: () => void): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; failures += 1) {
      try {
        await session(() => {
          failures = 0;
          parts.onListening();
          onFirst();
        });
      } catch (err) {
        if (failures === 0) log.warn({ err }, 'the other nodes cannot be heard; trying again');
      }
      onFirst();
      const pause = PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)];
      await delay(pause, undefined, { signal: stopping.signal, ref: false }).catch(() => {
        // Woken by the end.
      });
    }
  }

  let done: Promise<void> | undefined;
  await new Promise<void>((resolve) => {
    done = keepListening(resolve);
  });
  return {
    async close() {
      stopping.abort();
      await current?.end().catch((err) => log.debug({ err }, 'it was gone already'));
      await done;
    },
  };
}

/** The embedded Bot API on a port of its own, for tests that talk to it over real HTTP. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { Api } from 'grammy';
import {
  type BotApi,
  type BotApiOptions,
  createBotApi,
} from '../../node/sandbox/bot-api/bot-api.ts';

const TEST_TOKEN = '424242:TEST-token_of-the-embedded-bot-api';

export interface RunningBotApi {
  api: BotApi;
  /** What TELEGRAM_API_ROOT is set to. */
  root: string;
  token: string;
  /** A grammY client of it. */
  client: Api;
  dir: string;
  stop(): Promise<void>;
}

export async function startBotApi(options: Partial<BotApiOptions> = {}): Promise<RunningBotApi> {
  const dir = mkdtempSync(join(tmpdir(), 'postchi-bot-api-'));
  const api = createBotApi({ token: TEST_TOKEN, dir: join(dir, 'files'), ...options });
  const server = createAdaptorServer({ fetch: api.app.fetch }) as Server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async () => {
    api.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(dir, { recursive: true, force: true });
  };
  const client = new Api(api.token, { apiRoot: root });
  return { api, root, token: api.token, client, dir, stop };
}

/** The bot itself and how it gets its updates. */
import * as v from 'valibot';
import { bad, conflict } from '../api-error.ts';
import type { Call, Context, Methods } from './context.ts';

const kinds = v.array(v.string());

function getMe({ world }: Context) {
  return {
    ...world.bot,
    can_join_groups: true,
    can_read_all_group_messages: !world.privacyMode,
    supports_inline_queries: true,
    can_connect_to_business: true,
    has_main_web_app: false,
  };
}

function getUpdates({ updates, webhook }: Context, { params, signal }: Call) {
  if (webhook.settings) {
    throw conflict(
      "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    );
  }
  updates.allowed = params.json('allowed_updates', kinds) ?? updates.allowed;
  const limit = params.int('limit') ?? 100;
  return updates.take({
    offset: params.int('offset') ?? 0,
    limit: limit >= 1 && limit <= 100 ? limit : 100,
    timeout: Math.min(50, Math.max(0, params.int('timeout') ?? 0)),
    signal,
  });
}

function setWebhook({ updates, webhook }: Context, { params }: Call): true {
  const url = params.text('url') ?? '';
  if (params.bool('drop_pending_updates')) updates.clear();
  if (url === '') {
    webhook.stop();
    return true;
  }
  // As with `--local`: plain HTTP and any port, for there is no other network here.
  if (!URL.canParse(url) || !/^https?:/i.test(url)) {
    throw bad('bad webhook: invalid webhook URL specified');
  }
  const secret = params.text('secret_token');
  if (secret !== undefined && !/^[\w-]{1,256}$/.test(secret)) {
    throw bad('secret token contains unallowed characters');
  }
  updates.allowed = params.json('allowed_updates', kinds) ?? updates.allowed;
  updates.stopPolling();
  const wanted = params.int('max_connections') ?? 40;
  webhook.start({ url, secret, maxConnections: Math.min(100, Math.max(1, wanted)) });
  return true;
}

function deleteWebhook({ updates, webhook }: Context, { params }: Call): true {
  if (params.bool('drop_pending_updates')) updates.clear();
  webhook.stop();
  return true;
}

export const botMethods: Methods = {
  getMe,
  getUpdates,
  setWebhook,
  deleteWebhook,
  getWebhookInfo: ({ webhook }) => webhook.info(),
  logOut: () => true,
  close: () => true,
};

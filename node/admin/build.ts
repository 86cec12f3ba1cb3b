/** Puts the admins' part together for `serve`. */
import type { TellAdmins } from '../alerts/tell-admins.ts';
import { type Broadcasts, createBroadcasts } from '../broadcast/broadcast.ts';
import { createMembership, type Membership } from '../channels/membership.ts';
import type { AdminDesk } from '../chat/parts.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { createFetchFile } from '../telegram/fetch-file.ts';
import { createAdmin } from './admin.ts';
import { MAX_COOKIE_BYTES } from './cookies.ts';
import type { AdminParts } from './parts.ts';

export interface AdminRoom {
  admin: AdminDesk;
  membership: Membership;
  broadcasts: Broadcasts;
}

type Given = Omit<AdminParts, 'broadcasts' | 'fetchFile' | 'speaks'> & {
  cluster: Cluster;
  tell: TellAdmins;
  apiRoot: string;
  token: string;
};

export function buildAdmin({ tell, apiRoot, token, ...parts }: Given): AdminRoom {
  const { api, store, log, now, isAdmin, settings, cluster } = parts;
  const broadcasts = createBroadcasts({
    ...{ api, store, log, now, cluster },
    onEnd: (ended) =>
      tell.one(ended.admin, ({ broadcast }) =>
        ended.phase === 'stopped' ? broadcast.stopped(ended) : broadcast.finished(ended),
      ),
  });
  const fetchFile = createFetchFile({ api, apiRoot, token, maxBytes: MAX_COOKIE_BYTES });
  const membership = createMembership({ api, settings, state: store.state, isAdmin, log, now });
  const admin = createAdmin({ ...parts, broadcasts, fetchFile, speaks: tell.speaks });
  return { admin, membership, broadcasts };
}

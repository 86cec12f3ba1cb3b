/** The node's own requests (thumbnails, HEAD): undici under the same rules as the engines. */
import { isIP } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { type ConnectRules, connectPublic } from './connect.ts';
import { asEgressError, EgressError } from './egress-error.ts';
import { canonicalHost } from './host.ts';

/**
 * A dispatcher for `fetch(url, { dispatcher })`. It checks at connection time, so redirects and
 * IP literals are covered as well; undici's own `lookup` option is never asked for a literal.
 */
export function publicFetchDispatcher(rules: ConnectRules): Agent {
  const overTls = buildConnector({});
  const connect: buildConnector.connector = (options, done) => {
    const secure = options.protocol === 'https:';
    // undici takes the brackets of an IPv6 literal off.
    const literal = isIP(options.hostname) === 6;
    const host = canonicalHost(literal ? `[${options.hostname}]` : options.hostname);
    const port = Number(options.port) || (secure ? 443 : 80);
    if (!host) {
      done(new EgressError('no_such_host', options.hostname), null);
      return;
    }
    connectPublic({ host, port }, rules).then(
      (socket) => {
        if (secure) overTls({ ...options, httpSocket: socket }, done);
        else done(null, socket);
      },
      (cause: unknown) => done(asEgressError(cause), null),
    );
  };
  return new Agent({ connect });
}

/** The proxy's password: other programs on this machine may not go out through it. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const USER = 'postchi';

export interface ProxySecret {
  /** `user:password`, as it stands in the proxy's URL. */
  userinfo: string;
  /** Judges a `Proxy-Authorization` header in constant time. */
  accepts(header: string | undefined): boolean;
}

const digest = (text: string) => createHash('sha256').update(text).digest();

export function newProxySecret(): ProxySecret {
  const userinfo = `${USER}:${randomBytes(24).toString('hex')}`;
  // Hashed first: a comparison of unequal lengths would tell the length.
  const expected = digest(Buffer.from(userinfo).toString('base64'));
  return {
    userinfo,
    accepts: (header = '') => {
      const [, credentials = ''] = /^basic +([^ ]+)$/i.exec(header) ?? [];
      return timingSafeEqual(digest(credentials), expected);
    },
  };
}

/** What is known about a site, as data. Rows stand in the files beside this one. */

/**
 * One spelling of a link to one thing. `path` is matched against the whole path (without a
 * trailing slash); its named groups and `query` fill the templates `{name}`.
 */
export interface Form {
  /** Only on these hosts of the site; all of them when absent. */
  hosts?: readonly string[];
  path: RegExp;
  /**
   * Query parameters that must match, each under its own name in the templates; their named
   * groups, too. Anchored at both ends, because what they let through becomes part of an address.
   */
  query?: Readonly<Record<string, RegExp>>;
  /** The one address this thing is fetched from. */
  url: string;
  /** What tells it from everything else on the site; `{id}` when absent. */
  key?: string;
  /** A playlist, a channel or a profile: many things behind one link. */
  list?: true;
}

export interface Site {
  /** Short name for keys, breakers and statistics. */
  name: string;
  title: { en: string; fa: string };
  /** The host itself and everything below it. */
  hosts: readonly string[];
  /** Which engine to ask first: `mixed` and `pictures` posts may hold no video at all. */
  media: 'video' | 'audio' | 'pictures' | 'mixed';
  forms?: readonly Form[];
  /** Query parameters of this site that never change what is shown, beside the usual ones. */
  strip?: readonly string[];
  /** A jar is signed in when every group has at least one of its cookies. */
  login?: readonly (readonly string[])[];
  /**
   * A list that every account has and only signed-in people get, to try a login with; `gone` when
   * the site answers strangers that there is no such thing instead of asking them to sign in. Most
   * sites have no such address that yt-dlp reads: what is behind a login there is one person's.
   */
  probe?: { url: string; gone?: true };
  /** Known, and known to be out of reach. */
  unsupported?: true;
}

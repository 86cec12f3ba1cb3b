/**
 * The environment a child gets: nothing of the node's own, which holds the bot token, and no
 * proxy variables, because ffmpeg honours `no_proxy` and would go around the egress proxy.
 */
export function childEnv(cwd: string, path = process.env.PATH): Record<string, string> {
  return {
    PATH: path ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: cwd,
    TMPDIR: cwd,
    XDG_CACHE_HOME: cwd,
    XDG_CONFIG_HOME: cwd,
    LANG: 'C.UTF-8',
    PYTHONUTF8: '1',
    // Python would load whatever lies in `.local` of the home folder, and that is the job's.
    PYTHONNOUSERSITE: '1',
  };
}

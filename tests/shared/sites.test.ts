import { describe, expect, test } from 'vitest';
import { isSignedIn, SITES, siteByName, siteOfHost, siteTitle } from '../../shared/sites.ts';

describe('the table of sites', () => {
  test('has each name and each host once', () => {
    const names = SITES.map(({ name }) => name);
    const hosts = SITES.flatMap((site) => site.hosts);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(hosts).size).toBe(hosts.length);
    expect(names.every((name) => /^[a-z]+$/.test(name))).toBe(true);
  });

  test('anchors every pattern at both ends, so that nothing rides along', () => {
    const patterns = SITES.flatMap((site) => site.forms ?? []).flatMap((form) => [
      form.path,
      ...Object.values(form.query ?? {}),
    ]);
    for (const { source } of patterns) expect(source).toMatch(/^\^.*\$$/s);
  });

  test('fills every template from its own pattern', () => {
    for (const form of SITES.flatMap((site) => site.forms ?? [])) {
      const used = [...`${form.url} ${form.key ?? '{id}'}`.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
      const queries = Object.entries(form.query ?? {});
      const sources = [form.path.source, ...queries.map(([, pattern]) => pattern.source)].join();
      const given = [
        ...[...sources.matchAll(/\(\?<(\w+)>/g)].map((m) => m[1]),
        ...queries.map(([name]) => name),
      ];
      for (const name of used) expect(given, form.url).toContain(name);
    }
  });

  test('limits forms only to hosts of their site', () => {
    for (const site of SITES)
      for (const host of (site.forms ?? []).flatMap((form) => form.hosts ?? []))
        expect(siteOfHost(host)?.name).toBe(site.name);
  });

  test('finds a site by any host below its own and by no look-alike', () => {
    expect(siteOfHost('m.youtube.com')?.name).toBe('youtube');
    expect(siteOfHost('WWW.Instagram.com')?.name).toBe('instagram');
    expect(siteOfHost('notyoutube.com')).toBeUndefined();
    expect(siteOfHost('youtube.com.example.org')).toBeUndefined();
    expect(siteOfHost('localhost')).toBeUndefined();
  });

  test('names sites in both languages and leaves unknown ones as they are', () => {
    expect(siteTitle('youtube', 'fa')).toBe('یوتیوب');
    expect(siteTitle('youtube', 'en')).toBe('YouTube');
    expect(siteTitle('example.com', 'fa')).toBe('example.com');
  });

  test('calls a jar signed in only with the cookies that matter', () => {
    const youtube = siteByName('youtube');
    const facebook = siteByName('facebook');
    const vimeoLess = siteByName('streamable');
    if (!youtube || !facebook || !vimeoLess) throw new Error('rows are missing');
    expect(isSignedIn(youtube, ['LOGIN_INFO', '__Secure-3PAPISID', 'PREF'])).toBe(true);
    expect(isSignedIn(youtube, ['PREF', 'SAPISID'])).toBe(false);
    expect(isSignedIn(facebook, ['c_user'])).toBe(false);
    expect(isSignedIn(facebook, ['c_user', 'xs'])).toBe(true);
    expect(isSignedIn(vimeoLess, ['session'])).toBe(false);
  });
});

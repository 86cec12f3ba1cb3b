/** Sites made for video and sound. */
import type { Site } from './site.ts';

const YT_ID = /^[\w-]{11}$/;
const YT_WATCH = 'https://www.youtube.com/watch?v={id}';

export const VIDEO_SITES: readonly Site[] = [
  {
    name: 'youtube',
    title: { en: 'YouTube', fa: 'یوتیوب' },
    hosts: ['youtube.com', 'youtu.be', 'youtube-nocookie.com'],
    media: 'video',
    forms: [
      { hosts: ['youtu.be'], path: /^\/(?<id>[\w-]{11})$/, url: YT_WATCH },
      {
        path: /^\/(?:watch|watch_popup)$/,
        query: { v: YT_ID },
        url: YT_WATCH.replace('{id}', '{v}'),
        key: '{v}',
      },
      // A link copied with the id as path, as some apps write it.
      {
        path: /^\/(?:shorts|live|embed|v|e|watch)\/(?<id>(?!videoseries$)[\w-]{11})$/,
        url: YT_WATCH,
      },
      {
        path: /^\/(?:playlist|watch|embed\/videoseries)$/,
        query: { list: /^[\w-]{2,}$/ },
        url: 'https://www.youtube.com/playlist?list={list}',
        key: 'list/{list}',
        list: true,
      },
      {
        path: /^\/clip\/(?<id>[\w-]+)$/,
        url: 'https://www.youtube.com/clip/{id}',
        key: 'clip/{id}',
      },
      {
        path: /^\/(?<id>@[^/]+|(?:channel|c|user)\/[^/]+)(?:\/(?:featured|videos|shorts|streams|playlists|releases|live))?$/,
        // The bare address lists the channel's tabs and not its videos.
        url: 'https://www.youtube.com/{id}/videos',
        list: true,
      },
    ],
    strip: ['pp', 'ab_channel', 'app', 'feature', 'si', 'embeds_referring_euri', 'source_ve_path'],
    login: [['LOGIN_INFO'], ['SAPISID', '__Secure-3PAPISID', '__Secure-1PAPISID', 'APISID']],
    // The videos an account likes: every account has this list, strangers are told there is none.
    probe: { url: 'https://www.youtube.com/playlist?list=LL', gone: true },
  },
  {
    name: 'vimeo',
    title: { en: 'Vimeo', fa: 'ویمئو' },
    hosts: ['vimeo.com'],
    media: 'video',
    forms: [
      {
        hosts: ['player.vimeo.com'],
        path: /^\/video\/(?<id>\d+)$/,
        query: { h: /^[\da-f]+$/ },
        url: 'https://vimeo.com/{id}/{h}',
        key: '{id}/{h}',
      },
      { hosts: ['player.vimeo.com'], path: /^\/video\/(?<id>\d+)$/, url: 'https://vimeo.com/{id}' },
      // The hash opens an unlisted video: it belongs to the key, or a guess would hit the cache.
      {
        path: /^\/(?<id>\d+)\/(?<h>[\da-f]+)$/,
        url: 'https://vimeo.com/{id}/{h}',
        key: '{id}/{h}',
      },
      {
        path: /^\/(?:channels\/[^/]+\/|groups\/[^/]+\/videos\/|m\/)?(?<id>\d+)$/,
        url: 'https://vimeo.com/{id}',
      },
      {
        path: /^\/(?<id>(?:album|showcase|channels)\/[^/]+)$/,
        url: 'https://vimeo.com/{id}',
        list: true,
      },
    ],
    strip: ['share', 'fl', 'fe', 'ref'],
    login: [['vimeo']],
  },
  {
    name: 'dailymotion',
    title: { en: 'Dailymotion', fa: 'دیلی‌موشن' },
    hosts: ['dailymotion.com', 'dai.ly'],
    media: 'video',
    forms: [
      {
        hosts: ['dai.ly'],
        path: /^\/(?<id>[a-zA-Z\d]+)$/,
        url: 'https://www.dailymotion.com/video/{id}',
      },
      {
        path: /^\/(?:embed\/|swf\/)?video\/(?<id>[a-zA-Z\d]+)(?:_[^/]*)?$/,
        url: 'https://www.dailymotion.com/video/{id}',
      },
      {
        path: /^\/player(?:\/\w+)?\.html$/,
        query: { video: /^[a-zA-Z\d]+$/ },
        url: 'https://www.dailymotion.com/video/{video}',
        key: '{video}',
      },
      {
        path: /^\/playlist\/(?<id>[a-zA-Z\d]+)$/,
        url: 'https://www.dailymotion.com/playlist/{id}',
        key: 'list/{id}',
        list: true,
      },
    ],
    strip: ['playlist', 'start'],
  },
  {
    name: 'twitch',
    title: { en: 'Twitch', fa: 'توییچ' },
    hosts: ['twitch.tv'],
    media: 'video',
    forms: [
      {
        hosts: ['clips.twitch.tv'],
        path: /^\/(?<id>(?!embed$)[\w-]+)$/,
        url: 'https://clips.twitch.tv/{id}',
        key: 'clip/{id}',
      },
      {
        hosts: ['clips.twitch.tv'],
        path: /^\/embed$/,
        query: { clip: /^[\w-]+$/ },
        url: 'https://clips.twitch.tv/{clip}',
        key: 'clip/{clip}',
      },
      {
        path: /^\/[^/]+\/clip\/(?<id>[\w-]+)$/,
        url: 'https://clips.twitch.tv/{id}',
        key: 'clip/{id}',
      },
      {
        path: /^\/(?:[^/]+\/)?(?:videos?|v)\/(?<id>\d+)$/,
        url: 'https://www.twitch.tv/videos/{id}',
        key: 'video/{id}',
      },
    ],
    strip: ['t', 'tt_medium', 'tt_content', 'filter', 'range', 'sort'],
    login: [['auth-token']],
  },
  {
    name: 'soundcloud',
    title: { en: 'SoundCloud', fa: 'ساندکلاود' },
    hosts: ['soundcloud.com'],
    media: 'audio',
    forms: [
      {
        hosts: ['soundcloud.com', 'www.soundcloud.com', 'm.soundcloud.com'],
        path: /^\/(?<id>[\w-]+\/sets\/[\w-]+(?:\/s-\w+)?)$/,
        url: 'https://soundcloud.com/{id}',
        list: true,
      },
      {
        hosts: ['soundcloud.com', 'www.soundcloud.com', 'm.soundcloud.com'],
        path: /^\/(?<id>(?!discover\/|search\/|you\/|charts\/|stream\/|tags\/)[\w-]+\/(?!sets$|tracks$|albums$|reposts$|likes$|popular-tracks$|following$|followers$)[\w-]+(?:\/s-\w+)?)$/,
        url: 'https://soundcloud.com/{id}',
      },
      {
        hosts: ['soundcloud.com', 'www.soundcloud.com', 'm.soundcloud.com'],
        path: /^\/(?<id>(?!discover$|search$|you$|charts$|stream$)[\w-]+(?:\/(?:tracks|albums|sets|reposts|likes|popular-tracks))?)$/,
        url: 'https://soundcloud.com/{id}',
        list: true,
      },
    ],
    strip: ['in', 'in_system_playlist', 'ref', 'p', 'c', 'si'],
    login: [['oauth_token']],
  },
  {
    name: 'bilibili',
    title: { en: 'Bilibili', fa: 'بیلی‌بیلی' },
    hosts: ['bilibili.com', 'b23.tv'],
    media: 'video',
    forms: [
      {
        path: /^\/video\/(?<id>BV\w{10}|av\d+)$/i,
        query: { p: /^(?!1$)\d{1,4}$/ },
        url: 'https://www.bilibili.com/video/{id}?p={p}',
        key: '{id}/p{p}',
      },
      {
        path: /^\/(?:s\/)?video\/(?<id>BV\w{10}|av\d+)$/i,
        url: 'https://www.bilibili.com/video/{id}',
      },
    ],
    strip: [
      'spm_id_from',
      'vd_source',
      'from_spmid',
      'share_source',
      'share_medium',
      'share_plat',
      'share_session_id',
      'share_tag',
      'unique_k',
      'buvid',
      'plat_id',
      'bbid',
      'ts',
      'from_source',
      'is_story_h5',
      'mid',
      'timestamp',
      'up_id',
    ],
    login: [['SESSDATA']],
    // Every account has this list; the site itself says to strangers that they are not signed in.
    probe: { url: 'https://www.bilibili.com/watchlater' },
  },
  {
    name: 'streamable',
    title: { en: 'Streamable', fa: 'استریمبل' },
    hosts: ['streamable.com'],
    media: 'video',
    forms: [{ path: /^\/(?:e\/|o\/|s\/)?(?<id>[a-z\d]+)$/i, url: 'https://streamable.com/{id}' }],
  },
  {
    name: 'rumble',
    title: { en: 'Rumble', fa: 'رامبل' },
    hosts: ['rumble.com'],
    media: 'video',
    strip: ['e9s', 'mref', 'mc'],
  },
  {
    name: 'coub',
    title: { en: 'Coub', fa: 'کوب' },
    hosts: ['coub.com'],
    media: 'video',
    forms: [{ path: /^\/(?:view|embed)\/(?<id>[a-z\d]+)$/i, url: 'https://coub.com/view/{id}' }],
  },
  {
    name: 'loom',
    title: { en: 'Loom', fa: 'لوم' },
    hosts: ['loom.com'],
    media: 'video',
    forms: [
      { path: /^\/(?:share|embed)\/(?<id>[\da-f]{32})$/, url: 'https://www.loom.com/share/{id}' },
    ],
    strip: ['sid', 't'],
  },
  {
    name: 'okru',
    title: { en: 'OK.ru', fa: 'اوکی' },
    hosts: ['ok.ru', 'odnoklassniki.ru'],
    media: 'video',
    forms: [{ path: /^\/(?:video|videoembed|live)\/(?<id>\d+)$/, url: 'https://ok.ru/video/{id}' }],
  },
  {
    name: 'rutube',
    title: { en: 'Rutube', fa: 'روتیوب' },
    hosts: ['rutube.ru'],
    media: 'video',
    forms: [
      {
        path: /^\/(?:video|shorts|play\/embed|video\/embed)\/(?<id>[\da-f]{32})$/,
        url: 'https://rutube.ru/video/{id}/',
      },
    ],
    strip: ['r', 'pl_id', 'pl_type'],
  },
  {
    name: 'kick',
    title: { en: 'Kick', fa: 'کیک' },
    hosts: ['kick.com'],
    media: 'video',
    forms: [
      {
        path: /^\/(?<user>[\w-]+)\/clips\/(?<id>clip_[\w-]+)$/,
        url: 'https://kick.com/{user}/clips/{id}',
      },
      {
        path: /^\/(?<user>[\w-]+)\/videos\/(?<id>[\da-f-]{36})$/,
        url: 'https://kick.com/{user}/videos/{id}',
      },
    ],
  },
  {
    name: 'aparat',
    title: { en: 'Aparat', fa: 'آپارات' },
    hosts: ['aparat.com'],
    media: 'video',
    forms: [
      {
        path: /^\/(?:v|shorts)\/(?<id>[a-zA-Z\d]+)(?:\/[^/]*)?$/,
        url: 'https://www.aparat.com/v/{id}',
      },
      {
        path: /^\/video\/video\/embed\/(?:.*\/)?videohash\/(?<id>[a-zA-Z\d]+)(?:\/.*)?$/,
        url: 'https://www.aparat.com/v/{id}',
      },
      {
        path: /^\/playlist\/(?<id>\d+)$/,
        url: 'https://www.aparat.com/playlist/{id}',
        key: 'list/{id}',
        list: true,
      },
    ],
    strip: ['playlist', 'source', 'refererRef', 't'],
  },
  {
    name: 'namasha',
    title: { en: 'Namasha', fa: 'نماشا' },
    hosts: ['namasha.com'],
    media: 'video',
    forms: [
      { path: /^\/(?:v|embed)\/(?<id>[\w-]+)(?:\/[^/]*)?$/, url: 'https://www.namasha.com/v/{id}' },
    ],
  },
  {
    name: 'telewebion',
    title: { en: 'Telewebion', fa: 'تلوبیون' },
    hosts: ['telewebion.com', 'telewebion.ir'],
    media: 'video',
    forms: [
      {
        path: /^\/(?:#!\/)?episode\/(?<id>(?:0x[a-fA-F\d]+|\d+))(?:\/[^/]*)?$/,
        url: 'https://telewebion.com/episode/{id}',
      },
    ],
  },
];

/** The screens a person opens and answers: menus, settings, lists, groups, inline mode. */
import type { AudioFormat } from '../../choice.ts';
import type { Lang } from '../../format.ts';

/** Bytes; `exact` false when reckoned from bitrate and length. */
export interface Size {
  bytes: number;
  exact: boolean;
}

/** The quality menu of one link. Rows are button labels: at most 64 characters. */
export interface MenuTexts {
  /** `limit`: largest upload, bytes. `duration`: seconds. */
  title(p: { title: string; duration?: number | undefined; limit: number }): string;
  video(p: { height: number; size?: Size | undefined; fits: boolean }): string;
  audio(p: { format: AudioFormat; size?: Size | undefined }): string;
  /** Above the languages. */
  subtitlesTitle(p: { title: string }): string;
  subtitles(p: { language: string; auto: boolean }): string;
  original(p: { size?: Size | undefined }): string;
  subtitlesMenu: string;
}

export interface SettingsTexts {
  title: string;
  mode: string;
  modes: { send: string; ask: string; audio: string };
  highest: string;
  /** 0: no limit. */
  height(lines: number): string;
  audioFormat: string;
  captions: string;
  asFile: string;
  language: string;
  on: string;
  off: string;
  /** A button: what is set and to what. */
  row(p: { name: string; value: string }): string;
  saved: string;
}

/** `media`: as it is sent unless something else was asked for. */
export type HistoryForm = 'media' | 'audio' | 'file' | 'subtitles' | 'clip';

export interface HistoryTexts {
  title: string;
  empty: string;
  /** `at`: ms since the epoch. */
  row(p: { title: string; form: HistoryForm; at: number }): string;
}

export interface PrivacyTexts {
  ask: string;
  yes: string;
  no: string;
  done(p: { jobs: number; settings: boolean }): string;
  kept: string;
}

export interface LanguageTexts {
  ask: string;
  /** Each language by its own name. */
  names: { [lang in Lang]: string };
  set: string;
}

export interface CancelTexts {
  nothing: string;
  done(p: { jobs: number }): string;
}

export interface ListTexts {
  /** `total` is unknown for some channels; `max`: the most that are taken. */
  ask(p: { title?: string | undefined; total?: number | undefined; max: number }): string;
  first(n: number): string;
  all(n: number): string;
  typeRange: string;
  /** The prompt after `typeRange`. */
  askRange(p: { total?: number | undefined; max: number }): string;
  badRange(p: { total?: number | undefined; max: number }): string;
  pause: string;
  resume: string;
  paused(p: { done: number; of: number }): string;
  finished(p: { done: number; failed: number; of: number }): string;
}

/** What is offered when no rung fits. */
export interface OfferTexts {
  title(p: { size?: number | undefined; limit: number }): string;
  largest(p: { height: number; size?: Size | undefined }): string;
  audio(p: { size?: Size | undefined }): string;
  parts(p: { height: number; parts: number }): string;
}

export interface ClipTexts {
  ask(p: { duration?: number | undefined }): string;
  badFormat: string;
  /** In the empty line, while an answer is waited for; at most 64 characters. */
  example: string;
}

export interface GroupTexts {
  added: string;
  privacyMode: string;
  title: string;
  links: string;
  quiet: string;
  adminsOnly: string;
  /** Instead of a screen that is one person's own. */
  inPrivate: string;
}

export interface InlineTexts {
  hint: string;
  cached(p: { title: string }): string;
  fetch: string;
  /** In the private chat, after the file came. */
  goBack: string;
  goBackButton: string;
}

/** For `setMyCommands` and the bot's profile; descriptions are 3–256 characters. */
export interface ProfileTexts {
  /** At most 120 characters. */
  short: string;
  /** At most 512 characters. */
  description: string;
  commands: {
    [name in 'start' | 'help' | 'settings' | 'history' | 'lang' | 'cancel' | 'forget_me']: string;
  };
  adminCommands: {
    [name in
      | 'stats'
      | 'health'
      | 'circuit'
      | 'queue'
      | 'cleanup'
      | 'reset_stats'
      | 'nodes'
      | 'user'
      | 'ban'
      | 'unban'
      | 'broadcast'
      | 'cookies'
      | 'log'
      | 'maintenance'
      | 'limits'
      | 'channels'
      | 'update']: string;
  };
}

export interface ScreenTexts {
  menu: MenuTexts;
  settings: SettingsTexts;
  history: HistoryTexts;
  privacy: PrivacyTexts;
  language: LanguageTexts;
  cancel: CancelTexts;
  list: ListTexts;
  offer: OfferTexts;
  clip: ClipTexts;
  group: GroupTexts;
  inline: InlineTexts;
  profile: ProfileTexts;
}

/**
 * Every sentence a person can read, as one typed shape: a language that lacks a key or takes
 * other facts does not compile. Texts are plain (no markup), so nothing a user or a site wrote
 * can ever become formatting.
 */
import type { ErrorCode, ErrorFacts } from '../errors.ts';
import type { AdminTexts } from './catalogue/admin.ts';
import type { ScreenTexts } from './catalogue/screens.ts';

/** Progress of one job; bytes, bytes per second, seconds, percent 0–100. */
export interface Progress {
  percent?: number | undefined;
  done: number;
  total?: number | undefined;
  speed?: number | undefined;
  eta?: number | undefined;
}

/** What was chosen for a person, for the caption. */
export interface Chosen {
  title: string;
  /** Lines of the picture, e.g. 720; absent for audio, pictures and files. */
  height?: number | undefined;
  bytes: number;
  /** `best`: nothing better exists; `fits`: the largest that fits the limit; `asked`: as picked. */
  why: 'best' | 'fits' | 'asked';
  /** Set when a part of a longer video was cut or one of several parts is sent. */
  clip?: { start: number; end?: number | undefined } | undefined;
  part?: { n: number; of: number } | undefined;
  /** The language, as its reader calls it; set when these are the subtitles alone. */
  subtitles?: string | undefined;
}

/** What the edge says without the node; it carries no other text. */
export interface Refusals {
  /** Over the rate limit; `scope` tells whose limit it is. */
  rateLimited(p: { seconds: number; scope: 'user' | 'all' }): string;
  busyButton: string;
}

export interface Texts extends ScreenTexts, Refusals {
  start(p: { name?: string | undefined }): string;
  help(p: { limitMb: number; maxLinks: number }): string;
  noLink: string;
  unknownCommand: string;
  tooManyLinks(p: { found: number; taken: number }): string;

  status: {
    /** `position` 1 = next; `wait` seconds, when it is known. */
    queued(p: { position: number; wait?: number | undefined }): string;
    extracting: string;
    downloading(p: Progress): string;
    converting(p: { why: 'merge' | 'cut' | 'reencode' }): string;
    uploading(p: { percent?: number | undefined }): string;
    retrying(p: { n: number; seconds: number }): string;
    paused(p: { site: string; until: number }): string;
    /** The node's disk is full: the job waits for room. */
    noSpace: string;
    /** `current`: what is said of the job that runs, as it is said of one that runs alone. */
    batch(p: { done: number; failed: number; of: number; current?: string | undefined }): string;
    cancelled: string;
    /** A batch that was cancelled on the way. */
    stopped(p: { done: number; of: number }): string;
    /** What became of one of several links. */
    about(p: { name: string; words: string }): string;
  };

  caption(p: Chosen): string;

  /** A failure: plain words, then a next step. The error id is appended by `failed`. */
  errors: { [code in ErrorCode]: (facts: ErrorFacts) => string };
  failed(p: { sentence: string; errorId: string }): string;
  uncertain: string;

  admin: AdminTexts;

  buttons: {
    audio: string;
    otherQuality: string;
    asFile: string;
    clip: string;
    cancel: string;
    retry: string;
    lower: string;
    arrived: string;
    sendAgain: string;
    back: string;
    close: string;
  };

  /** Short answers to a button press (a toast). */
  toast: {
    working: string;
    cancelled: string;
    tooLate: string;
    notYours: string;
    expired: string;
    /** Pressed "I have joined" without having joined. */
    notYet: string;
    done: string;
  };
}

export type { Lang } from '../format.ts';

/** Telegram's published flood limits (core.telegram.org/bots/faq), as an exact sliding window. */
import { tooMany } from './api-error.ts';

/** Messages and edits of all chats in a second; of one group in a minute. */
const ALL_PER_SECOND = 30;
const GROUP_PER_MINUTE = 20;

const COUNTED = /^(send(?!ChatAction)|edit|copy|forward)/i;

export class Flood {
  private readonly times = new Map<string, number[]>();

  constructor(private readonly now: () => number) {}

  /** @throws ApiError 429 with the seconds until the call would pass */
  charge(method: string, chatId: number | undefined): void {
    if (!COUNTED.test(method)) return;
    const windows: [string, number, number][] = [['all', ALL_PER_SECOND, 1000]];
    if (chatId !== undefined && chatId < 0) windows.push([`${chatId}`, GROUP_PER_MINUTE, 60_000]);
    const now = this.now();
    for (const [key, max, ms] of windows) {
      const recent = (this.times.get(key) ?? []).filter((t) => t > now - ms);
      this.times.set(key, recent);
      const oldest = recent[recent.length - max];
      if (oldest !== undefined) throw tooMany(Math.ceil((oldest + ms - now) / 1000));
    }
    for (const [key] of windows) this.times.get(key)?.push(now);
  }
}

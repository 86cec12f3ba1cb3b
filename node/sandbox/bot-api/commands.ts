/** The command menus a bot has set. */
export interface BotCommand {
  command: string;
  description: string;
}

/** Telegram looks from the narrowest scope to the widest, with the language first in each. */
export class Commands {
  private readonly lists = new Map<string, BotCommand[]>();
  readonly descriptions = new Map<string, string>();

  set(key: string, commands: BotCommand[]): void {
    this.lists.set(key, commands);
  }

  delete(key: string): void {
    this.lists.delete(key);
  }

  get(key: string): BotCommand[] {
    return this.lists.get(key) ?? [];
  }

  /** What the menu of a chat shows to a person of this language. */
  menu(chatId: number, language: string): BotCommand[] {
    const wide = chatId > 0 ? 'all_private_chats' : 'all_group_chats';
    for (const name of [`chat/${chatId}`, wide, 'default']) {
      for (const lang of [language, '']) {
        const list = this.lists.get(`${name}|${lang}`);
        if (list) return list;
      }
    }
    return [];
  }
}

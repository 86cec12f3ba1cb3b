/** Why Telegram could not be asked, in the words of whoever sits at the terminal. */
import { GrammyError, HttpError } from 'grammy';

export interface TelegramTrouble {
  /** Telegram answered, and does not know the token. */
  unknownToken: boolean;
  detail: string;
  nextStep: string;
}

/** @param apiRoot where it was asked */
export function telegramTrouble(error: unknown, apiRoot: string): TelegramTrouble {
  if (error instanceof GrammyError && [401, 404].includes(error.error_code)) {
    return {
      unknownToken: true,
      detail: 'Telegram does not know this token',
      nextStep: 'copy BOT_TOKEN again from @BotFather',
    };
  }
  if (/CERT_NOT_YET_VALID|CERT_HAS_EXPIRED|not yet valid|has expired/i.test(told(error))) {
    const nextStep = 'set the clock of this machine (`timedatectl set-ntp true`)';
    return { unknownToken: false, detail: plain(error), nextStep };
  }
  const nextStep = `check that this machine reaches ${apiRoot} (proxy, firewall, DNS)`;
  return { unknownToken: false, detail: plain(error), nextStep };
}

const told = (error: unknown): string => {
  const inner = error instanceof HttpError ? error.error : error;
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : '';
  return `${code} ${plain(error)}`;
};

/** Without the words around it that name functions. */
function plain(error: unknown): string {
  if (error instanceof GrammyError) return `Telegram says: ${error.description}`;
  const inner = error instanceof HttpError ? error.error : error;
  const message = inner instanceof Error ? inner.message : String(inner);
  return message.replace(/^\w+: (?=connect |getaddrinfo )/, '');
}

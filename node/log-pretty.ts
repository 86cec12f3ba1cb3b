import pretty from 'pino-pretty';

/** A synchronous stream for terminals: a worker thread would cost 13 MB and lose last words. */
export const pinoPretty = () =>
  pretty({ colorize: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname', sync: true });

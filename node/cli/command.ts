/** What every command of the command line is. */
export interface Terminal {
  out(line: string): void;
  err(line: string): void;
}

export interface CommandContext {
  env: Record<string, string | undefined>;
  terminal: Terminal;
}

/** Answers the exit code: 0 well, 1 not well, 2 asked for wrongly. */
export type Command = (args: readonly string[], context: CommandContext) => Promise<number>;

export const processTerminal: Terminal = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
};

/**
 * Loaded into the bot before its own code (`--import`): its wall clock is off by as many ms as
 * stand in CLOCK_OFFSET_FILE, read at the start and at every SIGUSR2. The monotonic clock goes on.
 */
import { readFileSync } from 'node:fs';

const RealDate = Date;
let offset = 0;

function read() {
  try {
    offset = Number(readFileSync(process.env.CLOCK_OFFSET_FILE ?? '', 'utf8'));
  } catch {
    offset = 0;
  }
}

read();
process.on('SIGUSR2', read);

globalThis.Date = class JumpingDate extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + offset);
    else super(...given);
  }
  static now() {
    return RealDate.now() + offset;
  }
};

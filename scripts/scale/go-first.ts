/** For what has machines of its own where the bot really runs, and shares the two cores here. */
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * This process and its session go before all others that want the processor, as root alone may
 * decide; without, what waits for the processor is measured as the bot's time.
 */
export function goFirst(): void {
  try {
    setPriority(-10);
    // Sessions come before processes when Linux shares the processor.
    writeFileSync('/proc/self/autogroup', '-10');
  } catch {
    // Not root, or not Linux.
  }
}

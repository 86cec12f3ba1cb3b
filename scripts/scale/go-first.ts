/** For what has machines of its own where the bot really runs, and shares the two cores here. */
import { setNice } from '../../node/engine/give-way.ts';

/**
 * This process and its session go before all others that want the processor, as root alone may
 * decide; without, what waits for the processor is measured as the bot's time.
 */
export const goFirst = () => setNice(process.pid, -10);

/** Uploads one large file and prints by how many bytes the process grew meanwhile. */
import { pino } from 'pino';
import { LocalFile } from '../../../node/telegram/multipart.ts';
import { createOutbox } from '../../../node/telegram/outbox.ts';
import { sendWith } from '../../../node/telegram/send-context.ts';
import { createTelegram } from '../../../node/telegram/transport.ts';

const [apiRoot = '', small = '', large = ''] = process.argv.slice(2);
const log = pino({ level: 'silent' });
const token = '1:t';
const api = createTelegram({ apiRoot, token, log, outbox: createOutbox({ log }) });

// Code paths are compiled and connections open before the count starts.
await api.sendVideo(1, new LocalFile(small));
const before = process.memoryUsage().rss;
let most = before;
const onProgress = () => {
  most = Math.max(most, process.memoryUsage().rss);
};
await sendWith({ onProgress }, () => api.sendVideo(1, new LocalFile(large)));
process.stdout.write(JSON.stringify({ before, grew: most - before }));
await api.close();

import { expect, it } from 'vitest';
import { nearWhenHeard } from '../../../node/cluster/near-when-heard.ts';
import type { JobRow } from '../../../node/store/schema.ts';

const JOB = { id: 7, statusMessageId: null, statusFloor: 40 } as JobRow;

/** The other node writes the id down after so many looks at the row. */
function scene(heardAfter: number) {
  const seen = { looks: 0, pauses: 0 };
  const find = async () => ({ ...JOB, statusMessageId: seen.looks++ < heardAfter ? null : 41 });
  const messagesAbove = async (_: JobRow, above: number) => ({
    own: seen.looks > heardAfter ? 41 : undefined,
    known: new Set([above]),
    ahead: 0,
  });
  const near = nearWhenHeard({ find, messagesAbove }, async () => {
    seen.pauses += 1;
  });
  return { seen, near: () => near(JOB, 40) };
}

it('waits until the node that sent the message has written its id down', async () => {
  const { seen, near } = scene(3);
  expect(await near()).toMatchObject({ own: 41 });
  expect(seen.pauses).toBe(3);
});

it('does not wait where it is known, nor for ever for a node that is gone', async () => {
  const known = scene(0);
  expect(await known.near()).toMatchObject({ own: 41 });
  expect(known.seen.pauses).toBe(0);
  const gone = scene(1_000);
  expect((await gone.near()).own).toBeUndefined();
  expect(gone.seen.pauses).toBe(6);
});

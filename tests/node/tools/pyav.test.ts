import { expect, it } from 'vitest';
import { findPyav } from '../../../node/tools/pyav.ts';

const answers = (said: Record<string, string>) => async (python: string) => ({
  ...{ stderr: '', code: said[python] === undefined ? 1 : 0 },
  stdout: said[python] ?? '',
});

it('takes the first Python that imports a PyAV it knows', async () => {
  const run = answers({ old: '/usr/bin/old 9.2.0 /av\n', new: '/usr/bin/new 10.0.0 /av\n' });
  const found = await findPyav({ run, pythons: ['none', 'old', 'new'] });
  expect(found).toEqual({ python: '/usr/bin/new', version: '10.0.0' });
});

it('finds nothing where no Python has it', async () => {
  expect(await findPyav({ run: answers({}), pythons: ['none'] })).toBeUndefined();
});

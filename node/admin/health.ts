/** `/health`: every check with its mark, one verdict, one next step. */
import { inWords } from '../health/check.ts';
import { type AdminCommand, answer, wordsOf } from './parts.ts';

export const health: AdminCommand = async (parts, talk) => {
  const words = wordsOf(talk).health;
  const { checks, verdict, nextStep } = await parts.health();
  const worst = checks.find(({ state }) => state === verdict);
  const text = [
    words.title,
    ...checks.map((check) => words.line({ ...check, detail: inWords(check, words.details) })),
    '',
    words.verdict({ state: verdict, name: worst?.name, step: nextStep }),
  ].join('\n');
  await answer(parts, talk, { text });
};

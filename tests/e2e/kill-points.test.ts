import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CrashScene, startCrashScene } from '../support/crash.ts';
import { KILL_POINTS, killAt } from '../support/kill-points.ts';

describe('kill -9 at every marked point of a job', () => {
  let scene: CrashScene;
  beforeAll(async () => {
    scene = await startCrashScene();
  });
  afterAll(() => scene?.close());

  for (const point of KILL_POINTS) {
    const asked = point.asked === true ? 'asks' : 'does not ask';
    const what = point.asked === 'maybe' ? 'asks where it cannot know' : asked;
    it(`${point.name}: shows the video once and ${what}`, async () => {
      const figures = await killAt(scene, point);
      expect(figures.media.map(({ kind }) => kind)).toEqual(['video']);
      if (point.asked !== 'maybe') expect(figures.wasAsked).toBe(point.asked);
      expect(figures).toMatchObject({ orphans: 0, failure: undefined });
      expect(figures.leftover).toEqual([]);
    });
  }
});

import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../../shared/errors.ts';
import { filled } from '../../support/metrics.ts';
import { checkRules, promtool } from '../../support/promtool.ts';

const Dashboard = v.object({
  title: v.literal('Postchi'),
  uid: v.string(),
  schemaVersion: v.number(),
  templating: v.object({ list: v.array(v.looseObject({ name: v.string() })) }),
  panels: v.array(
    v.looseObject({
      id: v.number(),
      type: v.picklist(['timeseries', 'stat']),
      title: v.string(),
      gridPos: v.object({ x: v.number(), y: v.number(), w: v.number(), h: v.number() }),
      targets: v.array(v.looseObject({ refId: v.string(), expr: v.string() })),
    }),
  ),
});

const file = new URL('../../../docs/grafana.json', import.meta.url);
const dashboard = v.parse(Dashboard, JSON.parse(readFileSync(file, 'utf8')));
const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

describe('the Grafana dashboard', () => {
  it('asks only for metrics the node has', async () => {
    const { body } = await filled().scrape();
    const known = new Set([...body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const asked = expressions.flatMap(
      (expr) => expr.match(/\b(postchi|process|nodejs)_[a-z0-9_]+/g) ?? [],
    );
    expect(asked.filter((name) => !known.has(name.replace(/_bucket$/, '')))).toEqual([]);
    expect(asked.length).toBeGreaterThan(20);
  });

  it('leaves out of the success rate only outcomes that exist', () => {
    const left = expressions.flatMap(
      (expr) => /outcome!~"([^"]+)"/.exec(expr)?.[1]?.split('|') ?? [],
    );
    expect(left.filter((code) => !Object.hasOwn(ERRORS, code))).toEqual([]);
    expect(left.length).toBeGreaterThan(10);
  });

  const tool = promtool();
  it.skipIf(!tool.path)(`asks in PromQL that Prometheus understands ${tool.why}`, () => {
    const rules = expressions.map((expr, n) => ({
      record: `dashboard:panel_${n}`,
      expr: expr.replaceAll('$job', '.+'),
    }));
    // YAML holds JSON.
    expect(
      checkRules(tool.path ?? '', JSON.stringify({ groups: [{ name: 'all', rules }] })),
    ).toMatch(new RegExp(`SUCCESS: ${rules.length} rules found`));
  });

  it('has panels with ids of their own that do not lie on each other', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { gridPos: a, id } of panels)
      for (const { gridPos: b, id: other } of panels) {
        if (id === other) continue;
        const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
        expect(apart).toBe(true);
      }
  });
});

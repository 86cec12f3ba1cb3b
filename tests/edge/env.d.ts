/** The few types of the test pool that are used; its full set needs the Workers' globals. */
declare module 'cloudflare:workers' {
  import type { Given, Giving } from '../../edge/nodes/assignments.ts';
  import type { Charge, Verdict } from '../../shared/limiter.ts';

  export interface AssignmentsStub {
    give(giving: Giving): Promise<Given>;
    takeBack(updateId: number, node: string): Promise<boolean>;
  }

  export interface LimiterStub {
    charge(q: Charge): Promise<Verdict>;
  }

  export const env: {
    LIMITER: { getByName(name: string): LimiterStub };
    ASSIGNMENTS: { getByName(name: string): AssignmentsStub };
    [binding: string]: unknown;
  };
  export const exports: {
    default: { fetch(url: string, init?: RequestInit): Promise<Response> };
  };
}

declare module 'cloudflare:test' {
  import type { AssignmentsStub, DurableObjectState, LimiterStub } from 'cloudflare:workers';

  export function runInDurableObject<R>(
    stub: LimiterStub | AssignmentsStub,
    callback: (instance: unknown, state: DurableObjectState) => R | Promise<R>,
  ): Promise<R>;
  export function abortAllDurableObjects(): Promise<void>;
}

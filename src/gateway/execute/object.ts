import { gather, Later } from './later.js';
import type { FieldPlan, ObjectPlan } from './plan.js';
import type { Run } from './run.js';

type Members = Record<string, unknown>;

/** @param hops how many hops the fields take */
export function compileObject(fields: readonly FieldPlan[], hops: number): ObjectPlan {
  const Response = responseClass();
  return {
    fields,
    hops,
    execute(run, source, path) {
      const response = new Response();
      const taken = hops === 0 ? undefined : new Array<unknown>(hops);
      let pending: string[] | undefined;
      try {
        for (let i = 0; i < fields.length; i++) {
          const field = fields[i]!;
          const value = field.execute(run, source, path, taken);
          response[field.key] = value;
          if (value instanceof Later) (pending ??= []).push(field.key);
        }
      } catch (error) {
        return failAfter(response, pending, error);
      }
      return pending === undefined ? response : gather(response, pending);
    },
  };
}

/** Fields one after the other, as mutations demand: each is complete before the next begins. */
export function executeSerially({ fields, hops }: ObjectPlan, run: Run, source: unknown): unknown {
  const response = new (responseClass())();
  const taken = new Array<unknown>(hops);
  const from = (start: number): unknown => {
    for (let i = start; i < fields.length; i++) {
      const { key } = fields[i]!;
      const value = fields[i]!.execute(run, source, undefined, taken);
      if (value instanceof Later) {
        const whole = new Later();
        const goOn = (settled: unknown) => {
          response[key] = settled;
          return from(i + 1);
        };
        value.await((settled) => whole.settleWith(goOn, settled), (error) => whole.fail(error));
        return whole;
      }
      response[key] = value;
    }
    return response;
  };
  return from(0);
}

/** A field failed for all: that is told when those under way are settled, so that their errors come first. */
function failAfter(response: Members, pending: readonly string[] | undefined, error: unknown): Later {
  if (pending === undefined) throw error;
  const failed = new Later();
  const fail = () => failed.fail(error);
  gather(response, pending).await(fail, fail);
  return failed;
}

/**
 * Objects without a prototype that has members, so that `__proto__` is a name like any other. A class of
 * its own for each selection, because the engine then learns how many members to make room for.
 */
function responseClass(): new () => Members {
  function Response() {}
  Response.prototype = Object.create(null);
  return Response as unknown as new () => Members;
}

import type { DataKeys } from '../../../auth/data-keys.js';
import type { Principal } from '../../../auth/principal.js';
import type { Json } from '../../../lib/json.js';
import type { NewWebhook, WebhookChange, WebhookDeliveryState, WebhookRange } from '../../../model/webhook.js';
import type { TaskContext } from '../context.js';
import { needSecondPerson } from '../second-person.js';
import { accessOf } from './access.js';
import { addEndpoint, changeEndpoint, pauseEndpoint, removeEndpoint, replayEndpoint, resumeEndpoint, rotateSecret, testEndpoint } from './desk.js';
import { listDeliveries, listEndpoints } from './views.js';

/**
 * What people and systems do with endpoints over the graph.
 * @param options.fourEyes whether this process wants a second person where connections are changed: then also where an
 * insider says which events go to which address. Partners and customers send themselves what they may read anyway.
 * @param options.secureOnly whether addresses must be https
 */
export function openWebhookDesk(tasks: TaskContext, { fourEyes, keys, secureOnly }: { fourEyes: boolean; keys: Pick<DataKeys, 'fingerprint'>; secureOnly: boolean }) {
  const approved = async (by: Principal, action: string, given: Record<string, Json>, reason: string | undefined) => {
    if (by.companies !== 'none') await needSecondPerson(tasks, { kinds: ['connections'], fourEyes, keys }, by, action, given, reason);
  };
  return {
    list: (by: Principal, options: { limit: number; beforeId?: string | undefined }) => listEndpoints(tasks, accessOf(by), options),
    find: async (id: string, by: Principal) => (await listEndpoints(tasks, accessOf(by), { limit: 1, ids: [id] }))[0] ?? null,
    deliveries: (id: string, options: { limit: number; beforeSequence?: number | undefined; states?: readonly WebhookDeliveryState[] | undefined }) => listDeliveries(tasks, id, options),
    async add(given: NewWebhook, by: Principal, reason?: string) {
      await approved(by, 'webhook add', { url: given.url, topics: [...given.topics], filter: given.filter }, reason);
      return addEndpoint(tasks, given, by, accessOf(by), { secureOnly });
    },
    async change(id: string, change: WebhookChange, by: Principal, reason?: string) {
      const { url, topics, filter } = change;
      const given: Record<string, Json> = { ...(url === undefined ? {} : { url }), ...(topics === undefined ? {} : { topics: [...topics] }), ...(filter === undefined ? {} : { filter }) };
      if (Object.keys(given).length > 0) await approved(by, 'webhook change', { webhook: id, ...given }, reason);
      await changeEndpoint(tasks, id, change, accessOf(by), { secureOnly });
    },
    pause: (id: string, by: Principal) => pauseEndpoint(tasks, id, accessOf(by)),
    resume: (id: string, by: Principal) => resumeEndpoint(tasks, id, accessOf(by)),
    remove: (id: string, by: Principal) => removeEndpoint(tasks, id, accessOf(by)),
    rotate: (id: string, by: Principal, options: { atOnce: boolean }) => rotateSecret(tasks, id, accessOf(by), options),
    test: (id: string, by: Principal) => testEndpoint(tasks, id, accessOf(by)),
    replay: (id: string, range: WebhookRange, by: Principal) => replayEndpoint(tasks, id, range, accessOf(by)),
  };
}

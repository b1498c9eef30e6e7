import type { Json } from '../../../lib/json.js';

/** What goes to a partner: an interchange or a file, whole. */
export interface Delivery {
  /** Name of the file there. The same delivery has the same name each time. */
  name: string;
  contentType: string;
  bytes: Uint8Array;
  /** Idempotency key: the id of the command. */
  id: string;
}

export interface Delivered {
  /** What the other side gave for it, as the transport knows it: a message id, an MDN. Without secrets. */
  receipt?: Json;
}

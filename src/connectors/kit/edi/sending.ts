import { z } from 'zod';
import type { Json } from '../../../lib/json.js';
import type { Access, CommandMemory, ControlSeries, Outcome, Performed } from '../../contract.js';
import { deliver, type TransportAccess } from '../transports/transport.js';

/** An interchange of which all is known but its numbers. */
export interface Prepared {
  /** Drawn together, in this order. */
  series: readonly ControlSeries[];
  write(numbers: readonly number[]): Written;
}

export interface Written {
  /** Control number of the interchange. */
  control: string;
  bytes: Uint8Array;
}

const memorySchema = z.object({ control: z.string(), bytes: z.string() });

/**
 * Sends an interchange once: numbers and bytes are remembered before anything leaves, so that whatever is
 * repeated sends the same bytes under the same numbers. What was sent comes back as a message of its own,
 * from which the record of it is read.
 * @param id of the command
 */
export async function sendInterchange(access: Access<TransportAccess>, memory: CommandMemory, prepared: Prepared, file: { id: string; extension: string; contentType: string }, timeoutMs: number): Promise<Outcome<Performed>> {
  if (memory.value === null) {
    await memory.draw(prepared.series, (numbers): Json => {
      const { control, bytes } = prepared.write(numbers);
      return { control, bytes: Buffer.from(bytes).toString('base64'), numbers: prepared.series.map(({ name }, index) => ({ series: name, number: numbers[index]! })) };
    });
  }
  const { control, bytes: base64 } = memorySchema.parse(memory.value);
  const bytes = Buffer.from(base64, 'base64');
  const name = `${control}-${file.id}.${file.extension}`;
  const delivered = await deliver(access, { name, contentType: file.contentType, bytes, id: file.id }, timeoutMs);
  if (!delivered.ok) return delivered;
  const result: Json = { control, file: name, ...(delivered.value.receipt === undefined ? {} : { receipt: delivered.value.receipt }) };
  return { ok: true, value: { state: 'DONE', result, answers: [{ key: 'interchange', headers: { 'content-type': file.contentType }, body: bytes }], files: [] } };
}

import { datetime, type Many2one, type MoveLine, type PickingLine, type PickingRecord } from './records.js';

interface MovedLine {
  product_id: number;
  quantity: number;
  lot?: string | null;
}

/** What became of a transfer: validated, with what stays behind as a transfer of its own; as it was; or why it cannot be. */
export type Validated = { record: PickingRecord; backorder: PickingRecord | null } | { unchanged: true } | { error: string };

/** Between the ids of transfers that were sold and those of what stayed behind. */
const backorderOffset = 500_000;
/** So many lots of a product are told apart by their ids. */
const lotsOfProduct = 10_000;

/** Validates a transfer as the addon's `apply_validation` does: by lines where there are any, else with what is reserved. */
export function validated(id: number, record: PickingRecord, values: Record<string, unknown>, atMs: number): Validated {
  if (record.state === 'done') return { unchanged: true };
  if (record.state === 'cancel') return { error: `${record.name} is cancelled and cannot be validated.` };
  const lines = (values['lines'] ?? []) as MovedLine[];
  if (lines.length === 0) return { record: done(record, record.lines, record.moves, atMs), backorder: null };
  if (lines.some((line) => !Number.isInteger(line.product_id))) return { error: 'product_id of a line is no whole number.' };
  if (lines.some((line) => typeof line.quantity !== 'number' || line.quantity < 0)) return { error: 'quantity of a line is below zero.' };
  const strangers = lines.filter((line) => !record.moves.some((move) => move.product_id.id === line.product_id));
  if (strangers.length > 0) return { error: `${record.name} holds no product ${strangers.map((line) => line.product_id).join(', ')}.` };
  const left = lines.map((line) => ({ ...line }));
  // What is too much goes to the last move of its product, where that was accepted.
  const isLast = (move: MoveLine) => record.moves.findLast((each) => each.product_id.id === move.product_id.id) === move;
  const moved = record.moves.map((move) => takeFor(move, left, values['over'] === true && isLast(move)));
  const over = left.find((line) => line.quantity > 1e-9);
  if (over !== undefined) return { error: `${over.quantity} of ${over.product_id} are more than ${record.name} demands: somebody has to look at it.` };
  if (moved.every((each) => each.quantity === 0)) return { error: `Odoo does not validate ${record.name} without asking: stock.immediate.transfer` };
  const doneLines = moved.flatMap((each) => each.lines);
  const doneMoves = record.moves.map((move, index): MoveLine => ({ ...move, state: 'done', quantity: moved[index]!.quantity, picked: moved[index]!.quantity > 0 })).filter((move) => move.quantity > 0);
  const missing = record.moves.flatMap((move, index): MoveLine[] => {
    const rest = move.product_uom_qty - moved[index]!.quantity;
    return rest <= 1e-9 ? [] : [{ ...move, id: move.id + backorderOffset, product_uom_qty: rest, quantity: rest, picked: false, state: 'assigned' }];
  });
  const isKept = values['backorder'] !== false && missing.length > 0;
  return { record: done(record, doneLines, doneMoves, atMs), backorder: isKept ? backorderOf(id, record, missing) : null };
}

export function backorderId(id: number): number {
  return id + backorderOffset;
}

/** Takes from `left` what the move demands, or all; what is taken goes lot by lot. */
function takeFor(move: MoveLine, left: MovedLine[], takesAll: boolean): { quantity: number; lines: PickingLine[] } {
  const lines: PickingLine[] = [];
  let open = move.product_uom_qty;
  for (const line of left.filter((each) => each.product_id === move.product_id.id)) {
    const quantity = takesAll ? line.quantity : Math.min(open, line.quantity);
    if (quantity <= 0) continue;
    open -= quantity;
    line.quantity -= quantity;
    lines.push({ id: move.id * 10 + lines.length, product_id: move.product_id, quantity, uom_id: move.uom_id, lot_id: lotOf(line), package_id: null, order_line_id: move.order_line_id });
  }
  return { quantity: move.product_uom_qty - open, lines };
}

/** The same lot has the same id. */
function lotOf({ product_id: product, lot }: MovedLine): Many2one | null {
  if (lot == null || lot === '') return null;
  const number = [...lot].reduce((sum, char) => (sum * 31 + char.codePointAt(0)!) % lotsOfProduct, 7);
  return { id: product * lotsOfProduct + number + 1, name: lot };
}

function done(record: PickingRecord, lines: PickingLine[], moves: MoveLine[], atMs: number): PickingRecord {
  return { ...record, state: 'done', date_done: datetime(atMs), lines, moves: moves.map((move) => ({ ...move, state: 'done', picked: true })) };
}

function backorderOf(id: number, record: PickingRecord, moves: MoveLine[]): PickingRecord {
  return {
    ...record, name: record.name.replace(/\d+$/, String(backorderId(id))), state: 'assigned', backorder_id: { id, name: record.name }, carrier_tracking_ref: null, date_done: null, moves,
    lines: moves.map((move) => ({ id: move.id, product_id: move.product_id, quantity: move.quantity, uom_id: move.uom_id, lot_id: null, package_id: null, order_line_id: move.order_line_id })),
  };
}

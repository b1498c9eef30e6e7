import { written, type YardDesk } from './desk.js';

/** Full hours, so many ahead: Odoo and Gatehouse write them alike. */
const inHours = (hours: number) => new Date((Math.floor(Date.now() / 3_600_000) + hours) * 3_600_000).toISOString();

/** An appointment that was made outside plans the receipt that it names, or those of the order that it names; the deadline stays. */
export async function planning(desk: YardDesk): Promise<void> {
  const { receipt } = await desk.bought('Yard Planks');
  const before = await desk.transfer(receipt);
  await desk.outside('a1', inHours(30), [before.name]);
  const planned = await desk.until(receipt, 'the plan', (transfer) => transfer.scheduled_date === written(inHours(30)));
  desk.check('the deadline stays', planned.date_deadline, before.date_deadline);
  desk.check('the appointment is shown', [planned.gatehouse_appointment_at, planned.gatehouse_appointment_state, planned.gatehouse_schedule_differs], [written(inHours(30)), 'SCHEDULED', false]);
  await desk.outside('a1', inHours(54), [before.name]);
  await desk.until(receipt, 'the new plan', (transfer) => transfer.scheduled_date === written(inHours(54)));
  await desk.quiet('planning');
  const [shown] = await desk.world.gatehouse.rows<{ scheduled_at: string }>('select to_char(scheduled_at at time zone \'UTC\', \'YYYY-MM-DD HH24:MI:SS\') as scheduled_at from transfer where reference = $1', [before.name]);
  desk.check('Gatehouse shows the plan that Odoo has', shown?.scheduled_at, written(inHours(54)));

  const ordered = await desk.bought('Yard Beams');
  await desk.outside('a2', inHours(32), [ordered.order]);
  await desk.until(ordered.receipt, 'the plan by the order', (transfer) => transfer.scheduled_date === written(inHours(32)));
  desk.check('nothing else is planned by it', (await desk.transfer(receipt)).scheduled_date, written(inHours(54)));
}

/** A date that somebody changed by hand stays until the button is pressed that follows the appointment again. */
export async function byHand(desk: YardDesk): Promise<void> {
  const { receipt } = await desk.bought('Yard Hooks');
  const { name } = await desk.transfer(receipt);
  await desk.outside('h1', inHours(30), [name]);
  await desk.until(receipt, 'the plan', (transfer) => transfer.scheduled_date === written(inHours(30)));
  await desk.world.rpc.write('stock.picking', [receipt], { scheduled_date: written(inHours(100)) }, desk.actions.context);
  await desk.quiet('by hand');
  await desk.outside('h1', inHours(40), [name]);
  const differs = await desk.until(receipt, 'the new appointment', (transfer) => transfer.gatehouse_appointment_at === written(inHours(40)));
  desk.check('the date that was set by hand stays', [differs.scheduled_date, differs.gatehouse_schedule_differs], [written(inHours(100)), true]);
  await desk.actions.button('stock.picking', 'action_gatehouse_follow_appointment', [receipt]);
  desk.check('the button follows the appointment', (await desk.transfer(receipt)).scheduled_date, written(inHours(40)));
  await desk.outside('h1', inHours(42), [name]);
  await desk.until(receipt, 'what follows again', (transfer) => transfer.scheduled_date === written(inHours(42)));
}

/** An appointment that is called off leaves the receipt planned as before, and one that is only asked for plans nothing. */
export async function calledOff(desk: YardDesk): Promise<void> {
  const { receipt } = await desk.bought('Yard Chains');
  const { name, scheduled_date: before } = await desk.transfer(receipt);
  await desk.outside('c1', inHours(30), [name], { status: 'Requested' });
  const asked = await desk.until(receipt, 'the request', (transfer) => transfer.gatehouse_appointment_at === written(inHours(30)));
  desk.check('what is only asked for plans nothing', asked.scheduled_date, before);
  await desk.outside('c1', inHours(30), [name]);
  await desk.until(receipt, 'the plan', (transfer) => transfer.scheduled_date === written(inHours(30)));
  await desk.outside('c1', inHours(30), [name], { status: 'Cancelled' });
  const after = await desk.until(receipt, 'the plan as before', (transfer) => transfer.scheduled_date === before);
  desk.check('no appointment is shown any more', after.gatehouse_appointment_at, false);
}

/** A truck that was booked for an order is told at its receipt, once in each state, and is an activity while it is there. */
export async function arriving(desk: YardDesk): Promise<void> {
  const { order, receipt } = await desk.bought('Yard Ropes');
  const { id: appointment, startsAt } = await desk.book({ orders: [order] }, 'INBOUND');
  await desk.until(receipt, 'the plan by what was booked', (transfer) => transfer.scheduled_date === written(startsAt));
  const visit = await desk.arrives({ appointmentId: appointment, trailer: 'TR-ROPES' });
  const told = await desk.until(receipt, 'the alert', (transfer) => transfer.activity_ids.length === 1);
  desk.check('the truck is at the gate', await desk.trucks(receipt), ['CHECKED_IN']);
  const [activity] = await desk.world.rpc.search<{ id: number; summary: string }>('mail.activity', [['id', 'in', told.activity_ids]], ['summary']);
  desk.check('the activity names the trailer', activity?.summary.includes('TR-ROPES'), true);
  const notes = async () => (await desk.world.rpc.search<{ id: number }>('mail.message', [['model', '=', 'stock.picking'], ['res_id', '=', receipt], ['body', 'ilike', 'TR-ROPES'], ['subtype_id', '=', 'Note']], [])).length;
  desk.check('one note', await notes(), 1);
  await desk.done('assignDock', 'AssignDockInput', { visitId: visit, dock: 'D2' }, 'visit { id }');
  await desk.done('reportVisit', 'ReportVisitInput', { visitId: visit, step: 'AT_DOCK' }, 'visit { id }');
  await desk.until(receipt, 'the truck at the dock', (transfer) => transfer.gatehouse_appointment_state === 'IN_PROGRESS' || transfer.gatehouse_appointment_state === 'ARRIVED');
  await desk.quiet('the dock');
  desk.check('the truck is at the dock', [await desk.trucks(receipt), await notes(), (await desk.transfer(receipt)).activity_ids.length], [['AT_DOCK'], 2, 1]);
  await desk.done('reportVisit', 'ReportVisitInput', { visitId: visit, step: 'CHECK_OUT' }, 'visit { id }');
  await desk.until(receipt, 'the end of the activity', (transfer) => transfer.activity_ids.length === 0);
  desk.check('the truck has left', await desk.trucks(receipt), ['CHECKED_OUT']);
}

/** What is counted is progress; what is confirmed validates the receipt, once. */
export async function receiving(desk: YardDesk): Promise<void> {
  const { order, receipt, sku, product } = await desk.bought('Yard Nails');
  const { id: appointment } = await desk.book({ orders: [order] }, 'INBOUND');
  const visit = await desk.arrives({ appointmentId: appointment });
  const untouched = await desk.moved(receipt);
  await desk.counts(visit, sku, 4);
  await desk.until(receipt, 'the progress', (transfer) => transfer.gatehouse_counted === 40);
  desk.check('a count moves nothing', [await desk.moved(receipt), (await desk.transfer(receipt)).state], [untouched, 'assigned']);
  await desk.counts(visit, sku, 6);
  await desk.until(receipt, 'all of it', (transfer) => transfer.gatehouse_counted === 100);
  const key = { idempotencyKey: `receipt-${visit}` };
  const first = await desk.confirm('confirmReceipt', visit, key);
  desk.check('the receipt of the order is confirmed', [first.userErrors, first.confirmations?.map(({ reference }) => reference)], [[], [(await desk.transfer(receipt)).name]]);
  await desk.until(receipt, 'the validation', (transfer) => transfer.state === 'done');
  desk.check('asked again, it is the same', await desk.confirm('confirmReceipt', visit, key), first);
  await desk.quiet('the receipt');
  desk.check('ten were received', await desk.moved(receipt), [[10, true, 'done']]);
  const stock = await desk.world.sql<{ quantity: string }>(`select sum(q.quantity)::float8::text as quantity from stock_quant q join stock_location l on l.id = q.location_id where q.product_id = $1 and l.usage = 'internal'`, [product]);
  desk.check('and are in stock, once', stock[0]!.quantity, '10');
  desk.check('nobody has to look at it', await desk.matters(receipt), []);
  desk.check('what Odoo has is taken back by nobody here', (await desk.undo(first.confirmations![0]!.id)).userErrors.map(({ code }) => code), ['CONFLICT']);
}

/** A short one waits for a person; its confirmation may be taken back until then; what is accepted leaves a backorder that the next truck is booked for. */
export async function shortage(desk: YardDesk): Promise<void> {
  const { order, receipt, sku } = await desk.bought('Yard Bolts');
  const { name } = await desk.transfer(receipt);
  const { id: appointment } = await desk.book({ orders: [order] }, 'INBOUND');
  const visit = await desk.arrives({ appointmentId: appointment });
  const untouched = await desk.moved(receipt);
  await desk.counts(visit, sku, 7);
  const { confirmations } = await desk.confirm('confirmReceipt', visit);
  await desk.until(receipt, 'the shortage', (transfer) => transfer.gatehouse_exception !== false);
  await desk.quiet('the shortage');
  desk.check('a short receipt is for a person', [await desk.matters(receipt), (await desk.transfer(receipt)).state, await desk.moved(receipt)], [['SHORT_RECEIVED'], 'assigned', untouched]);
  desk.check('it may be taken back', (await desk.undo(confirmations![0]!.id)).userErrors, []);
  await desk.until(receipt, 'the end of the shortage', (transfer) => transfer.gatehouse_exception === false);
  desk.check('nothing is left to look at', await desk.matters(receipt), []);
  await desk.confirm('confirmReceipt', visit);
  await desk.until(receipt, 'the shortage again', (transfer) => transfer.gatehouse_exception !== false);
  await desk.accept(name);
  const done = await desk.until(receipt, 'the validation', (transfer) => transfer.state === 'done');
  desk.check('seven were received', await desk.moved(receipt), [[7, true, 'done']]);
  const [rest] = done.backorder_ids;
  await desk.world.gatehouse.knows('erp', [rest!]);
  await desk.quiet('the backorder');
  desk.check('the rest is none of that truck’s', (await desk.transfer(rest!)).gatehouse_appointment_at, false);
  const next = await desk.book({ orders: [order] }, 'INBOUND');
  await desk.until(rest!, 'the plan of the rest', (transfer) => transfer.gatehouse_appointment_at === written(next.startsAt) && transfer.scheduled_date === written(next.startsAt));
}

/** What is too much or damaged overwrites nothing until a person has accepted it. */
export async function reviewing(desk: YardDesk): Promise<void> {
  const { receipt, sku } = await desk.bought('Yard Screws');
  const { name } = await desk.transfer(receipt);
  const visit = await desk.arrives({ references: [name] });
  const untouched = await desk.moved(receipt);
  await desk.counts(visit, sku, 12);
  for (const finding of [{ kind: 'DAMAGED', product: sku, quantity: '1', unit: 'PIECE' }, { kind: 'WRONG_TRAILER', note: 'TR-8 was announced' }]) await desk.done('reportVisit', 'ReportVisitInput', { visitId: visit, step: 'FINDING', finding }, 'visit { id }');
  await desk.confirm('confirmReceipt', visit);
  await desk.until(receipt, 'what differs', (transfer) => transfer.gatehouse_exception !== false);
  await desk.quiet('what differs');
  desk.check('what differs is for a person', [await desk.matters(receipt), (await desk.transfer(receipt)).state, await desk.moved(receipt)], [['DAMAGED_GOODS', 'HANDLING_REMARK', 'MILESTONE', 'OVER_RECEIVED'], 'assigned', untouched]);
  await desk.accept(name);
  await desk.until(receipt, 'the validation', (transfer) => transfer.state === 'done');
  desk.check('twelve were received', (await desk.moved(receipt)).reduce((sum, [quantity]) => sum + quantity, 0), 12);
}

/** A delivery is validated when its dispatch is confirmed, by an appointment for its order. */
export async function dispatching(desk: YardDesk): Promise<void> {
  const { order, delivery, sku } = await desk.sold('Yard Crates');
  const { id: appointment, startsAt } = await desk.book({ orders: [order] }, 'OUTBOUND');
  await desk.until(delivery, 'the plan', (transfer) => transfer.scheduled_date === written(startsAt));
  const visit = await desk.arrives({ appointmentId: appointment });
  desk.check('what nobody counted is not dispatched', (await desk.confirm('confirmDispatch', visit)).userErrors.map(({ code }) => code), ['CONFLICT']);
  desk.check('it is no receipt', (await desk.confirm('confirmReceipt', visit)).userErrors.map(({ code }) => code), ['NOT_FOUND']);
  await desk.counts(visit, sku, 4);
  await desk.until(delivery, 'the progress', (transfer) => transfer.gatehouse_counted === 100);
  desk.check('a count dispatches nothing', (await desk.transfer(delivery)).state, 'assigned');
  desk.check('the dispatch is confirmed', (await desk.confirm('confirmDispatch', visit)).userErrors, []);
  await desk.until(delivery, 'the validation', (transfer) => transfer.state === 'done');
  desk.check('four went out', await desk.moved(delivery), [[4, true, 'done']]);
}

import { afterAll, beforeAll, expect, it } from 'vitest';
import { uuidFromGlobalId, uuidv7 } from '../../src/lib/ids.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { graphqlAnswer } from '../support/requests.js';
import { facilityPlan } from '../support/yard/facility-plan.js';

/** Every day is open, so that the day of the test does not matter. */
const plan = facilityPlan({ hours: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' })), zone: 'UTC', booking: { outsiders: 'REQUEST', leadMinutes: 0, horizonDays: 60, noShowMinutes: null } });

describeOnEachDatabase('what people change at docks and of loads', (kind) => {
  let server: TestServer;
  const tokens: Record<string, string> = {};
  beforeAll(async () => {
    server = await testServer(kind);
    tokens.operator = await server.tokens.create({ role: 'operator', ttl: 600, subject: 'olga' });
    tokens.carrier = await server.tokens.create({ role: 'partner', carriers: ['ALFA'], ttl: 600, subject: 'alfa' });
  });
  afterAll(() => server?.remove());

  type Answer = Record<string, { userErrors: Array<{ code: string }> } & Record<string, { id: string } & Record<string, unknown>>>;
  /** Sends a mutation, twice under one key, and gives what the first answer selects. */
  const change = async (who: string, field: string, type: string, input: object, selection: string, refusals: string[] = []) => {
    const variables = { input: { ...input, idempotencyKey: uuidv7() } };
    const send = () => graphqlAnswer(server.url, tokens[who]!, `mutation($input: ${type}!) { ${field}(input: $input) { ${selection} userErrors { code message field } } }`, variables);
    const answer = await send();
    expect({ field, ...answer.errors === undefined ? {} : { errors: answer.errors }, userErrors: (answer.data as Answer | undefined)?.[field]?.userErrors.map(({ code }) => code) }).toEqual({ field, userErrors: refusals });
    await send();
    return (answer.data as Answer)[field]!;
  };
  const trail = async () => (await server.database.kysely.selectFrom('audit').select(['actor', 'action', 'target_kind', 'target_id', 'correlation_id']).where('actor', 'in', ['olga', 'alfa']).orderBy('position').execute());
  const inDays = (days: number, hour = 9) => new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth(), new Date().getUTCDate() + days, hour)).toISOString();

  it('at docks: stands in the audit log once for each step, however often it is sent', async () => {
    const facility = (await change('operator', 'saveFacilityPlan', 'SaveFacilityPlanInput', { code: 'WH', company: 'main', plan }, 'facility { id }')).facility!.id;
    const need = { facilityId: facility, direction: 'INBOUND' };
    const book = async (who: string, startsAt: string, more: object = {}) => (await change(who, 'bookAppointment', 'BookAppointmentInput', { ...need, startsAt, ...more }, 'appointment { id }')).appointment!.id;
    const step = (field: string, type: string, appointmentId: string, more: object = {}) => change('operator', field, type, { appointmentId, ...more }, 'appointment { id }');
    const first = await book('operator', inDays(2), { carrier: 'ALFA' });
    await step('rescheduleAppointment', 'RescheduleAppointmentInput', first, { startsAt: inDays(2, 11) });
    await step('undoAppointment', 'UndoAppointmentInput', first);
    await step('cancelAppointment', 'CancelAppointmentInput', first);
    const asked = await book('carrier', inDays(3), { carrier: 'ALFA', loads: ['UNKNOWN-1'] });
    await step('confirmAppointmentNames', 'ConfirmAppointmentNamesInput', asked, { decision: 'CONFIRM' });
    await step('decideAppointment', 'DecideAppointmentInput', asked, { decision: 'CONFIRM' });
    const past = await book('operator', new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000 - 7_200_000).toISOString());
    await step('markNoShow', 'MarkNoShowInput', past);
    await change('operator', 'takeFirstComeFirstServed', 'TakeFirstComeInput', need, 'appointment { id }');
    const standing = (await change('operator', 'saveStandingAppointment', 'SaveStandingAppointmentInput', { ...need, weekday: 3, time: '14:00', from: inDays(1).slice(0, 10) }, 'standingAppointment { id }')).standingAppointment!.id;
    await change('operator', 'endStandingAppointment', 'EndStandingAppointmentInput', { id: standing, lastOn: inDays(20).slice(0, 10) }, 'standingAppointment { id }');
    const visit = (await change('operator', 'expectVisit', 'ExpectVisitInput', { facilityId: facility, truck: 'B-1', carrier: 'ALFA' }, 'visit { id }')).visit!.id;
    await change('operator', 'checkIn', 'CheckInInput', { facilityId: facility, visitId: visit }, 'visit { id }');
    await change('operator', 'assignDock', 'AssignDockInput', { visitId: visit, dock: 'D3', evenIfBooked: true }, 'visit { id }');
    await change('operator', 'reportVisit', 'ReportVisitInput', { visitId: visit, step: 'AT_DOCK' }, 'visit { id }');
    await change('operator', 'undoVisitStep', 'UndoVisitStepInput', { visitId: visit }, 'visit { id }');
    const rows = await trail();
    expect(rows.every((row) => row.correlation_id !== null)).toBe(true);
    expect(rows.map((row) => `${row.actor} ${row.action} ${row.target_kind}`)).toEqual([
      'olga facility.saved facility', 'olga appointment.book appointment', 'olga appointment.reschedule appointment', 'olga appointment.undo appointment', 'olga appointment.cancel appointment',
      'alfa appointment.request appointment', 'olga appointment.name appointment', 'olga appointment.confirm appointment', 'olga appointment.book appointment', 'olga appointment.no-show appointment',
      'olga appointment.first-come appointment', 'olga standing-appointment.saved standing_appointment', 'olga standing-appointment.ended standing_appointment', 'olga visit.expect visit', 'olga visit.check-in visit', 'olga visit.assign-dock visit', 'olga visit.at-dock visit', 'olga visit.undo visit',
    ]);
    expect(rows.filter((row) => row.target_id === uuidFromGlobalId('Appointment', first))).toHaveLength(4);
  });

  it('of loads: stands in the audit log once for each step, however often it is sent', async () => {
    const before = (await trail()).length;
    const stops = [{ place: { name: 'Here' } }, { place: { name: 'There' } }];
    const create = async (reference: string) => (await change('operator', 'createLoad', 'CreateLoadInput', { company: 'main', reference, stops }, 'load { id }')).load!.id;
    const of = (field: string, type: string, loadId: string, more: object = {}, who = 'operator') => change(who, field, type, { loadId, ...more }, 'load { id }');
    const load = await create('L-1');
    await of('changeLoad', 'ChangeLoadInput', load, { weightKg: '900' });
    await of('undoLoad', 'UndoLoadInput', load);
    await of('mergeLoads', 'MergeLoadsInput', load, { loadIds: [await create('L-2')] });
    await of('tenderLoad', 'TenderLoadInput', load, { carriers: [{ carrier: 'BETA', minutes: 60 }, { carrier: 'ALFA', minutes: 60 }] });
    await of('skipTenderCarrier', 'TenderStepInput', load);
    const offersOfAlfa = async () => ((await graphqlAnswer(server.url, tokens.carrier!, '{ tenderOffers(first: 5) { nodes { id } } }')).data as { tenderOffers: { nodes: Array<{ id: string }> } }).tenderOffers.nodes;
    const accept = (offerId: string, refusals: string[] = []) => change('carrier', 'answerTenderOffer', 'AnswerTenderOfferInput', { offerId, accepted: true, revision: 1 }, 'effect', refusals);
    const [offer] = await offersOfAlfa();
    await accept(offer!.id);
    await of('nameLoadEquipment', 'NameLoadEquipmentInput', load, { truck: 'B-2' }, 'carrier');
    await of('assignLoad', 'AssignLoadInput', load, { truck: 'B-3' });
    await of('withdrawTender', 'TenderStepInput', load);
    await of('cancelLoad', 'CancelLoadInput', load);
    const late = await create('L-3');
    await of('tenderLoad', 'TenderLoadInput', late, { carriers: [{ carrier: 'ALFA', minutes: 60 }, { carrier: 'BETA', minutes: 60 }] });
    const asked = (await offersOfAlfa()).find(({ id }) => id !== offer!.id)!;
    await of('skipTenderCarrier', 'TenderStepInput', late);
    await accept(asked.id, ['OFFER_ENDED']);
    await change('operator', 'awardTender', 'AwardTenderInput', { offerId: asked.id }, 'load { id }');
    const rows = (await trail()).slice(before);
    expect(rows.every((row) => row.correlation_id !== null)).toBe(true);
    expect(rows.map((row) => `${row.actor} ${row.action} ${row.target_kind}`)).toEqual([
      'olga load.created load', 'olga load.changed load', 'olga load.undone load', 'olga load.created load', 'olga load.merged load', 'olga tender.started load', 'olga tender.skip load', 'alfa tender.answered load',
      'alfa load.assigned load', 'olga load.assigned load', 'olga tender.withdraw load', 'olga load.cancelled load', 'olga load.created load', 'olga tender.started load', 'olga tender.skip load', 'alfa tender.answered load', 'olga tender.awarded load',
    ]);
  });
});

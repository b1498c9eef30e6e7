import { afterAll, beforeAll, expect, it } from 'vitest';
import { isObjectType, type GraphQLObjectType } from 'graphql';
import { roles, scopes, scopesOf, type Scope } from '../../src/auth/scopes.js';
import { carrierSubgraph } from '../../src/subgraphs/carrier/index.js';
import { odooSubgraph } from '../../src/subgraphs/odoo/index.js';
import { operationsSubgraph } from '../../src/subgraphs/operations/index.js';
import { tmsSubgraph } from '../../src/subgraphs/tms/index.js';
import { yardSubgraph } from '../../src/subgraphs/yard/index.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { partyId } from '../support/partners.js';
import { graphqlAnswer } from '../support/requests.js';

const freight = 'from: {street: "1 A St", city: "X", country: "US"}, to: {street: "2 B St", city: "Y", country: "US"}, packages: [{id: "1", weightKg: "1"}]';

/** What each root field needs, and a way to ask for it. A new field without a row here fails the test. */
const rootFields: Readonly<Record<string, { scope: Scope | null; ask: string }>> = {
  'Query.shipment': { scope: 'shipments:read', ask: '{ shipment(reference: "x") { id } }' },
  'Query.shipments': { scope: 'shipments:read', ask: '{ shipments(first: 1) { nodes { id } } }' },
  'Query.events': { scope: 'shipments:read', ask: '{ events(first: 1) { nodes { id } } }' },
  'Query.latestCursor': { scope: 'shipments:read', ask: '{ latestCursor }' },
  'Query.order': { scope: 'orders:read', ask: '{ order(reference: "x") { id } }' },
  'Query.orders': { scope: 'orders:read', ask: '{ orders(first: 1) { nodes { id } } }' },
  'Query.shopOrder': { scope: 'orders:read', ask: '{ shopOrder(id: "x") { id } }' },
  'Query.shopOrders': { scope: 'orders:read', ask: '{ shopOrders(first: 1) { nodes { id } } }' },
  'Query.party': { scope: 'orders:read', ask: '{ party(id: "x") { id } }' },
  'Query.parties': { scope: 'orders:read', ask: '{ parties(first: 1) { nodes { id } } }' },
  'Query.transfer': { scope: 'orders:read', ask: '{ transfer(reference: "x") { id } }' },
  'Query.transfers': { scope: 'orders:read', ask: '{ transfers(first: 1) { nodes { id } } }' },
  'Query.invoice': { scope: 'invoices:read', ask: '{ invoice(reference: "x") { id } }' },
  'Query.invoices': { scope: 'invoices:read', ask: '{ invoices(first: 1) { nodes { id } } }' },
  'Query.product': { scope: 'products:read', ask: '{ product(sku: "x") { id } }' },
  'Query.products': { scope: 'products:read', ask: '{ products(first: 1) { nodes { id } } }' },
  'Query.stockLevels': { scope: 'stock:read', ask: '{ stockLevels(first: 1) { nodes { id } } }' },
  'Query.exception': { scope: 'exceptions:read', ask: '{ exception(id: "x") { id } }' },
  'Query.exceptions': { scope: 'exceptions:read', ask: '{ exceptions(first: 1) { nodes { id } } }' },
  'Query.load': { scope: 'loads:read', ask: '{ load(reference: "x") { id } }' },
  'Query.loads': { scope: 'loads:read', ask: '{ loads(first: 1) { nodes { id } } }' },
  'Query.facility': { scope: 'yard:read', ask: '{ facility(code: "x") { id } }' },
  'Query.appointment': { scope: 'yard:read', ask: '{ appointment(id: "x") { id } }' },
  'Query.appointments': { scope: 'yard:read', ask: '{ appointments(first: 1) { nodes { id } } }' },
  'Query.visit': { scope: 'yard:read', ask: '{ visit(id: "x") { id } }' },
  'Query.trailersInYard': { scope: 'yard:read', ask: '{ trailersInYard(facilityId: "x", first: 1) { nodes { id } } }' },
  'Query.yardMoves': { scope: 'yard:read', ask: '{ yardMoves(facilityId: "x", first: 1) { nodes { id } } }' },
  'Query.facilityBoard': { scope: 'yard:read', ask: '{ facilityBoard(facilityId: "x", first: 1) { docks { name } } }' },
  'Query.visits': { scope: 'yard:read', ask: '{ visits(first: 1) { nodes { id } } }' },
  'Query.stopPerformance': { scope: 'loads:read', ask: '{ stopPerformance(filter: {from: "2026-03-06T00:00:00Z", to: "2026-03-07T00:00:00Z"}) { stops } }' },
  'Query.detentionRules': { scope: 'detention:read', ask: '{ detentionRules(first: 1) { nodes { id } } }' },
  'Query.detentionCharges': { scope: 'detention:read', ask: '{ detentionCharges(first: 1, filter: {from: "2026-03-06T00:00:00Z", to: "2026-03-07T00:00:00Z"}) { nodes { id } } }' },
  'Query.detentionTotals': { scope: 'detention:read', ask: '{ detentionTotals(filter: {from: "2026-03-06T00:00:00Z", to: "2026-03-07T00:00:00Z"}) { charges } }' },
  'Mutation.saveDetentionRule': { scope: 'connections:admin', ask: 'mutation { saveDetentionRule(input: {idempotencyKey: "x", name: "x", kind: DRIVER, side: PAYABLE, validFrom: "2026-03-06T00:00:00Z", terms: {start: CHECK_IN, stop: CHECK_OUT, free: 1, increment: 0, days: PERIODS}}) { userErrors { code } } }' },
  'Mutation.removeDetentionRule': { scope: 'connections:admin', ask: 'mutation { removeDetentionRule(input: {idempotencyKey: "x", id: "x"}) { userErrors { code } } }' },
  'Query.dockCalendar': { scope: 'yard:read', ask: '{ dockCalendar(facilityId: "x", on: "2026-03-06") { on } }' },
  'Query.appointmentAdherence': { scope: 'yard:read', ask: '{ appointmentAdherence(facilityId: "x", from: "2026-03-06T10:00:00Z", to: "2026-03-07T10:00:00Z", first: 1) { carrier } }' },
  'Query.standingAppointments': { scope: 'yard:read', ask: '{ standingAppointments(facilityId: "x", first: 1) { nodes { id } } }' },
  'Mutation.saveStandingAppointment': { scope: 'yard:write', ask: 'mutation { saveStandingAppointment(input: {facilityId: "x", direction: INBOUND, weekday: 1, time: "08:00", from: "2026-03-06", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.endStandingAppointment': { scope: 'yard:write', ask: 'mutation { endStandingAppointment(input: {id: "x", lastOn: "2026-03-06", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Query.freeSlots': { scope: 'appointments:book', ask: '{ freeSlots(facilityId: "x", from: "2026-03-06T10:00:00Z", to: "2026-03-07T10:00:00Z", need: {direction: INBOUND}, first: 1) { startsAt } }' },
  'Mutation.bookAppointment': { scope: 'appointments:book', ask: 'mutation { bookAppointment(input: {facilityId: "x", direction: INBOUND, startsAt: "2026-03-06T10:00:00Z", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.takeFirstComeFirstServed': { scope: 'yard:write', ask: 'mutation { takeFirstComeFirstServed(input: {facilityId: "x", direction: INBOUND, idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.rescheduleAppointment': { scope: 'appointments:book', ask: 'mutation { rescheduleAppointment(input: {appointmentId: "x", startsAt: "2026-03-06T10:00:00Z", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.decideAppointment': { scope: 'yard:write', ask: 'mutation { decideAppointment(input: {appointmentId: "x", decision: CONFIRM, idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.cancelAppointment': { scope: 'appointments:book', ask: 'mutation { cancelAppointment(input: {appointmentId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.markNoShow': { scope: 'yard:write', ask: 'mutation { markNoShow(input: {appointmentId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.undoAppointment': { scope: 'appointments:book', ask: 'mutation { undoAppointment(input: {appointmentId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.confirmAppointmentNames': { scope: 'yard:write', ask: 'mutation { confirmAppointmentNames(input: {appointmentId: "x", decision: CONFIRM, idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.saveFacilityPlan': { scope: 'yard:write', ask: 'mutation { saveFacilityPlan(input: {code: "x", idempotencyKey: "x", plan: {name: "x", zone: "UTC", hours: [], days: [], docks: [], spots: [], durations: [], gridMinutes: 30, capacities: [], booking: {outsiders: NEVER, leadMinutes: 0, horizonDays: 1}}}) { userErrors { code } } }' },
  'Query.viewer': { scope: null, ask: '{ viewer { role } }' },
  'Query.approvals': { scope: 'approvals:decide', ask: '{ approvals(first: 1) { nodes { id } } }' },
  'Mutation.approve': { scope: 'approvals:decide', ask: 'mutation { approve(input: {id: "x", reason: "y"}) { userErrors { code } } }' },
  'Mutation.refuse': { scope: 'approvals:decide', ask: 'mutation { refuse(input: {id: "x", reason: "y"}) { userErrors { code } } }' },
  'Mutation.assignException': { scope: 'exceptions:write', ask: 'mutation { assignException(input: {id: "x", assignee: "y"}) { userErrors { code } } }' },
  'Mutation.resolveException': { scope: 'exceptions:write', ask: 'mutation { resolveException(input: {id: "x", resolution: "y"}) { userErrors { code } } }' },
  'Mutation.reopenException': { scope: 'exceptions:write', ask: 'mutation { reopenException(input: {id: "x", reason: "y"}) { userErrors { code } } }' },
  'Query.command': { scope: 'commands:read', ask: '{ command(id: "x") { id } }' },
  'Query.commands': { scope: 'commands:read', ask: '{ commands(first: 1) { nodes { id } } }' },
  'Mutation.sendTender': { scope: 'shipments:book', ask: 'mutation { sendTender(input: {loadId: "x", connection: "x", carrier: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.answerTender': { scope: 'shipments:book', ask: 'mutation { answerTender(input: {loadId: "x", carrier: "x", accepted: true, idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.sendLoadStatus': { scope: 'shipments:book', ask: 'mutation { sendLoadStatus(input: {loadId: "x", carrier: "x", code: "x", occurredAt: "2026-03-06T10:00:00Z", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.requestOutsideAppointment': { scope: 'shipments:book', ask: 'mutation { requestOutsideAppointment(input: {connection: "x", startsAt: "2026-03-06T10:00:00Z", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.moveOutsideAppointment': { scope: 'shipments:book', ask: 'mutation { moveOutsideAppointment(input: {appointmentId: "x", startsAt: "2026-03-06T10:00:00Z", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.cancelOutsideAppointment': { scope: 'shipments:book', ask: 'mutation { cancelOutsideAppointment(input: {appointmentId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.sendShipNotice': { scope: 'shipments:book', ask: 'mutation { sendShipNotice(input: {transferId: "x", connection: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Query.interchanges': { scope: 'commands:read', ask: '{ interchanges(first: 1) { nodes { id } } }' },
  'Query.partners': { scope: 'commands:read', ask: '{ partners { connection } }' },
  'Mutation.retryCommand': { scope: 'commands:write', ask: 'mutation { retryCommand(input: {id: "x"}) { userErrors { code } } }' },
  'Mutation.replayCommand': { scope: 'commands:write', ask: 'mutation { replayCommand(input: {id: "x", input: "{}"}) { userErrors { code } } }' },
  'Mutation.discardCommand': { scope: 'commands:write', ask: 'mutation { discardCommand(input: {id: "x", reason: "y"}) { userErrors { code } } }' },
  'Mutation.redriveCommands': { scope: 'commands:write', ask: 'mutation { redriveCommands(input: {filter: {}}) { userErrors { code } } }' },
  'Mutation.pollSource': { scope: 'commands:write', ask: 'mutation { pollSource(input: {connection: "x"}) { userErrors { code } } }' },
  'Mutation.setPartnerPolicy': { scope: 'connections:admin', ask: 'mutation { setPartnerPolicy(input: {connection: "x", policy: {}}) { userErrors { code } } }' },
  'Query.booking': { scope: 'shipments:read', ask: '{ booking(id: "x") { id } }' },
  'Query.document': { scope: 'shipments:read', ask: '{ document(id: "x") { id } }' },
  'Query.nextCutOff': { scope: 'shipments:read', ask: '{ nextCutOff(carrier: "FEDEX", facility: "x") { at } }' },
  'Query.bookingRules': { scope: 'shipments:book', ask: '{ bookingRules(first: 1) { nodes { id } } }' },
  'Query.carrierCutOffs': { scope: 'shipments:book', ask: '{ carrierCutOffs(first: 1) { nodes { id } } }' },
  'Mutation.requestQuote': { scope: 'shipments:book', ask: `mutation { requestQuote(input: {${freight}}) { userErrors { code } } }` },
  'Mutation.bookShipment': { scope: 'shipments:book', ask: `mutation { bookShipment(input: {${freight}, idempotencyKey: ""}) { userErrors { code } } }` },
  'Mutation.bookReturn': { scope: 'shipments:book', ask: `mutation { bookReturn(input: {${freight}, idempotencyKey: "", bookingId: "x"}) { userErrors { code } } }` },
  'Mutation.cancelBooking': { scope: 'shipments:book', ask: 'mutation { cancelBooking(input: {idempotencyKey: "x", bookingId: "x"}) { userErrors { code } } }' },
  'Mutation.createManifest': { scope: 'shipments:book', ask: 'mutation { createManifest(input: {idempotencyKey: "x", bookingIds: []}) { userErrors { code } } }' },
  'Query.pickup': { scope: 'shipments:read', ask: '{ pickup(id: "x") { id } }' },
  'Query.pickups': { scope: 'shipments:read', ask: '{ pickups(first: 1) { nodes { id } } }' },
  'Mutation.schedulePickup': { scope: 'shipments:book', ask: 'mutation { schedulePickup(input: {idempotencyKey: "x", bookingIds: [], on: "", readyAt: "", closesAt: ""}) { userErrors { code } } }' },
  'Mutation.cancelPickup': { scope: 'shipments:book', ask: 'mutation { cancelPickup(input: {idempotencyKey: "x", pickupId: "x"}) { userErrors { code } } }' },
  'Mutation.checkAddress': { scope: 'shipments:book', ask: 'mutation { checkAddress(input: {address: {street: "", city: "", country: ""}}) { userErrors { code } } }' },
  'Mutation.saveBookingRule': { scope: 'connections:admin', ask: 'mutation { saveBookingRule(input: {id: "x", position: 1, name: "x", action: {kind: EXCLUDE, services: ["FEDEX"]}}) { userErrors { code } } }' },
  'Mutation.saveCarrierCutOff': { scope: 'connections:admin', ask: 'mutation { saveCarrierCutOff(input: {id: "x", facility: "x", carrier: "x", weekdays: [1], at: "12:00", zone: "UTC"}) { userErrors { code } } }' },
  'Mutation.removeBookingRule': { scope: 'connections:admin', ask: 'mutation { removeBookingRule(id: "x") { userErrors { code } } }' },
  'Mutation.removeCarrierCutOff': { scope: 'connections:admin', ask: 'mutation { removeCarrierCutOff(id: "x") { userErrors { code } } }' },
  'Query.webhooks': { scope: 'webhooks:write', ask: '{ webhooks(first: 1) { nodes { id } } }' },
  'Query.webhook': { scope: 'webhooks:write', ask: '{ webhook(id: "x") { id } }' },
  'Mutation.addWebhook': { scope: 'webhooks:write', ask: 'mutation { addWebhook(input: {url: "x"}) { userErrors { code } } }' },
  'Mutation.changeWebhook': { scope: 'webhooks:write', ask: 'mutation { changeWebhook(input: {id: "x"}) { userErrors { code } } }' },
  'Mutation.pauseWebhook': { scope: 'webhooks:write', ask: 'mutation { pauseWebhook(input: {id: "x"}) { userErrors { code } } }' },
  'Mutation.resumeWebhook': { scope: 'webhooks:write', ask: 'mutation { resumeWebhook(input: {id: "x"}) { userErrors { code } } }' },
  'Mutation.removeWebhook': { scope: 'webhooks:write', ask: 'mutation { removeWebhook(input: {id: "x"}) { userErrors { code } } }' },
  'Mutation.rotateWebhookSecret': { scope: 'webhooks:write', ask: 'mutation { rotateWebhookSecret(input: {id: "x"}) { userErrors { code } } }' },
  'Mutation.testWebhook': { scope: 'webhooks:write', ask: 'mutation { testWebhook(input: {id: "x"}) { userErrors { code } } }' },
  'Mutation.replayWebhook': { scope: 'webhooks:write', ask: 'mutation { replayWebhook(input: {id: "x"}) { userErrors { code } } }' },
  'Query.connectionMapping': { scope: 'operations:read', ask: '{ connectionMapping(connection: "x") { __typename } }' },
  'Query.unmappedCodes': { scope: 'operations:read', ask: '{ unmappedCodes(first: 1) { __typename } }' },
  'Query.mappingPreview': { scope: 'connections:admin', ask: '{ mappingPreview(connection: "x") { __typename } }' },
  'Query.connectionComparison': { scope: 'operations:read', ask: '{ connectionComparison(shadow: "x", live: "y", from: "2026-03-06T00:00:00Z", to: "2026-03-07T00:00:00Z") { __typename } }' },
  'Mutation.proposeCodeMapping': { scope: 'connections:admin', ask: 'mutation { proposeCodeMapping(input: {connection: "x", rawCode: "x", code: "INFO"}) { userErrors { code } } }' },
  'Mutation.removeCodeMapping': { scope: 'connections:admin', ask: 'mutation { removeCodeMapping(input: {connection: "x", rawCode: "x"}) { userErrors { code } } }' },
  'Mutation.applyCodeMapping': { scope: 'connections:admin', ask: 'mutation { applyCodeMapping(input: {connection: "x", fingerprint: "x"}) { userErrors { code } } }' },
  'Mutation.requestYardMove': { scope: 'yard:write', ask: 'mutation { requestYardMove(input: {facilityId: "x", trailer: "x", to: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.reportYardMove': { scope: 'yard:write', ask: 'mutation { reportYardMove(input: {moveId: "x", step: START, idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.undoYardMoveStep': { scope: 'yard:write', ask: 'mutation { undoYardMoveStep(input: {moveId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.checkIn': { scope: 'yard:write', ask: 'mutation { checkIn(input: {facilityId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.expectVisit': { scope: 'yard:write', ask: 'mutation { expectVisit(input: {facilityId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.assignDock': { scope: 'yard:write', ask: 'mutation { assignDock(input: {visitId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.reportVisit': { scope: 'yard:write', ask: 'mutation { reportVisit(input: {visitId: "x", step: CHECK_OUT, idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.undoVisitStep': { scope: 'yard:write', ask: 'mutation { undoVisitStep(input: {visitId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.confirmReceipt': { scope: 'yard:write', ask: 'mutation { confirmReceipt(input: {visitId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.confirmDispatch': { scope: 'yard:write', ask: 'mutation { confirmDispatch(input: {visitId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.undoConfirmation': { scope: 'yard:write', ask: 'mutation { undoConfirmation(input: {confirmationId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.setFacilityGeofence': { scope: 'yard:write', ask: 'mutation { setFacilityGeofence(input: {facility: "x"}) { userErrors { code } } }' },
  'Mutation.createLoad': { scope: 'loads:write', ask: 'mutation { createLoad(input: {stops: [], idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.changeLoad': { scope: 'loads:write', ask: 'mutation { changeLoad(input: {loadId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.splitLoad': { scope: 'loads:write', ask: 'mutation { splitLoad(input: {loadId: "x", shipments: [], idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.mergeLoads': { scope: 'loads:write', ask: 'mutation { mergeLoads(input: {loadId: "x", loadIds: [], idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.cancelLoad': { scope: 'loads:write', ask: 'mutation { cancelLoad(input: {loadId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.undoLoad': { scope: 'loads:write', ask: 'mutation { undoLoad(input: {loadId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.assignLoad': { scope: 'loads:write', ask: 'mutation { assignLoad(input: {loadId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.nameLoadEquipment': { scope: 'tenders:answer', ask: 'mutation { nameLoadEquipment(input: {loadId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.tenderLoad': { scope: 'loads:write', ask: 'mutation { tenderLoad(input: {loadId: "x", carriers: [], idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.skipTenderCarrier': { scope: 'loads:write', ask: 'mutation { skipTenderCarrier(input: {loadId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.withdrawTender': { scope: 'loads:write', ask: 'mutation { withdrawTender(input: {loadId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.awardTender': { scope: 'loads:write', ask: 'mutation { awardTender(input: {offerId: "x", idempotencyKey: "x"}) { userErrors { code } } }' },
  'Mutation.answerTenderOffer': { scope: 'tenders:answer', ask: 'mutation { answerTenderOffer(input: {offerId: "x", accepted: true, revision: 1, idempotencyKey: "x"}) { userErrors { code } } }' },
  'Query.tenderOffers': { scope: 'loads:read', ask: '{ tenderOffers(first: 1) { nodes { id } } }' },
  'Subscription.tenderOfferChanges': { scope: 'loads:read', ask: 'subscription { tenderOfferChanges { __typename } }' },
  'Query.availability': { scope: 'stock:read', ask: '{ availability(first: 1) { nodes { __typename } } }' },
  'Query.inventoryAdjustments': { scope: 'yard:read', ask: '{ inventoryAdjustments(first: 1) { nodes { id } } }' },
  'Query.pallet': { scope: 'yard:read', ask: '{ pallet(sscc: "106141411234567897") { id } }' },
  'Query.pallets': { scope: 'yard:read', ask: '{ pallets(first: 1) { nodes { id } } }' },
  'Query.inventoryLevels': { scope: 'yard:read', ask: '{ inventoryLevels(first: 1) { nodes { id } } }' },
  'Query.warehouseOrder': { scope: 'yard:read', ask: '{ warehouseOrder(id: "x") { id } }' },
  'Query.warehouseOrders': { scope: 'yard:read', ask: '{ warehouseOrders(first: 1) { nodes { id } } }' },
  'Query.vehicles': { scope: 'loads:read', ask: '{ vehicles(first: 1) { nodes { id } } }' },
  'Subscription.positions': { scope: 'loads:read', ask: 'subscription { positions { __typename } }' },
  'Query.liveOperations': { scope: 'operations:read', ask: '{ liveOperations { __typename } }' },
  'Subscription.yardEvents': { scope: 'yard:read', ask: 'subscription { yardEvents { __typename } }' },
  'Subscription.loadChanges': { scope: 'loads:read', ask: 'subscription { loadChanges { __typename } }' },
  'Subscription.operationsHealth': { scope: 'operations:read', ask: 'subscription { operationsHealth { __typename } }' },
  'Subscription.exceptionChanges': { scope: 'exceptions:read', ask: 'subscription { exceptionChanges { __typename } }' },
  'Subscription.stockChanges': { scope: 'stock:read', ask: 'subscription { stockChanges { __typename } }' },
  'Subscription.shipmentChanges': { scope: 'shipments:read', ask: 'subscription { shipmentChanges { __typename } }' },
  'Subscription.milestones': { scope: 'shipments:read', ask: 'subscription { milestones { id } }' },
};

/** Scopes that the field's own subgraph demands: `[["a"]]` as the directive has it. */
async function demanded(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { schema } of await Promise.all([carrierSubgraph(), odooSubgraph(), tmsSubgraph(), yardSubgraph(), operationsSubgraph()])) {
    for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter((each): each is GraphQLObjectType => isObjectType(each))) {
      for (const field of Object.values(type.getFields())) {
        if (field.name.startsWith('_')) continue; // federation's own
        const directive = field.astNode?.directives?.find((each) => each.name.value === 'requiresScopes');
        const value = directive?.arguments?.[0]?.value;
        found[`${type.name}.${field.name}`] = value?.kind === 'ListValue' ? value.values.flatMap((group) => (group.kind === 'ListValue' ? group.values.map((each) => (each.kind === 'StringValue' ? each.value : '')) : [])).join(' ') : '';
      }
    }
  }
  return found;
}

it('every root field demands its scope in its subgraph, save viewer', async () => {
  const expected = Object.fromEntries(Object.entries(rootFields).map(([name, row]) => [name, row.scope ?? '']));
  expect(await demanded()).toEqual(expected);
});

describeOnEachDatabase('the scopes of a token', (kind) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer(kind);
  });
  afterAll(() => server?.remove());

  const overHttp = Object.entries(rootFields).filter(([name]) => !name.startsWith('Subscription'));
  const tokenFor = (scopeList: readonly string[]) => server.tokens.create({ role: 'admin', scopes: scopeList, ttl: 60 });

  it.each(overHttp)('%s is refused with FORBIDDEN to a token with every scope but its own, and given to one with that alone', async (name, { scope, ask }) => {
    const field = name.split('.')[1]!;
    const all = Object.keys(scopes);
    const without = await graphqlAnswer(server.url, await tokenFor(all.filter((each) => each !== scope)), ask);
    const alone = await graphqlAnswer(server.url, await tokenFor(scope === null ? [] : [scope]), ask);
    expect(alone.errors).toBeUndefined();
    if (scope === null) return expect(without.errors).toBeUndefined();
    expect(without.errors).toMatchObject([{ path: [field], extensions: { code: 'FORBIDDEN' } }]);
    expect(without.errors![0]!.message).toContain(scope);
    expect(without.data).toEqual({ [field]: null });
  });

  it('leave what they allow untouched beside a field that they refuse', async () => {
    const token = await tokenFor(['shipments:read']);
    const answer = await graphqlAnswer(server.url, token, '{ shipment(reference: "x") { id } order(reference: "x") { id } viewer { role } }');
    expect(answer).toMatchObject({ data: { shipment: null, order: null, viewer: { role: 'admin' } }, errors: [{ path: ['order'], extensions: { code: 'FORBIDDEN' } }] });
  });

  it('are never wider than those of the role, whatever the token asks for', async () => {
    const every = Object.keys(scopes);
    for (const role of roles) {
      const token = await server.tokens.create({ role, scopes: every, ...(role === 'customer' ? { parties: [partyId(7)] } : role === 'partner' ? { carriers: ['FEDEX'] } : {}), ttl: 60 });
      const { data } = await graphqlAnswer(server.url, token, '{ viewer { scopes } }');
      expect(data!.viewer.scopes).toEqual([...scopesOf(role, ['carrier']).granted, ...scopesOf(role, ['carrier']).onRequest].sort());
    }
  });

  it('that are none leave only who the token is', async () => {
    const token = await server.tokens.create({ role: 'operator', scopes: [], ttl: 60 });
    expect((await graphqlAnswer(server.url, token, '{ viewer { scopes } }')).data).toEqual({ viewer: { scopes: [] } });
    expect((await graphqlAnswer(server.url, token, '{ shipment(reference: "x") { id } }')).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});

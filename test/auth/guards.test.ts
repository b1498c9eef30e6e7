import { buildSubgraphSchema, printSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LocalSubgraph } from '../../src/gateway/compose.js';
import { localGraph } from '../../src/gateway/local-graph.js';
import { carrierSubgraph } from '../../src/subgraphs/carrier/index.js';
import { odooSubgraph } from '../../src/subgraphs/odoo/index.js';
import { operationsSubgraph } from '../../src/subgraphs/operations/index.js';
import { tmsSubgraph } from '../../src/subgraphs/tms/index.js';
import { yardSubgraph } from '../../src/subgraphs/yard/index.js';
import { guardsOf, isWithin, type Guards } from '../support/guarded-types.js';

/** Fields that a token without any scope is given, and why. */
const openFields: Readonly<Record<string, string>> = {
  'Query.viewer': 'who one is, one may know',
  'Viewer.name': 'the subject of the own token',
  'Viewer.role': 'the role of the own token',
  'Viewer.scopes': 'the scopes of the own token',
  'Viewer.demonstration': 'whether the pages made the own token',
};

const shipments = ['shipments:read'];
const orders = ['orders:read'];
const products = ['products:read'];
const loads = ['loads:read'];
const yard = ['yard:read'];
const detention = ['detention:read'];
const booksDocks = ['appointments:book', 'yard:write'];
const operations = ['operations:read'];
const exceptions = ['exceptions:read', 'exceptions:write'];
const releases = ['exceptions:read, orders:read', 'exceptions:read, shipments:read'];
const approvals = ['approvals:decide'];
const booking = ['shipments:book'];
const interchanges = ['commands:read'];
const commands = ['commands:read', 'commands:write'];
const partners = ['commands:read', 'connections:admin'];
/** Who changes a mapping is shown it. */
const mapping = ['connections:admin', 'operations:read'];
const webhooks = ['webhooks:write'];

/**
 * With which scopes an object of each type is come to, each way that needs no other. A new type is added here; a
 * new way to one that needs less fails. Pages and their edges are told apart by their nodes, below.
 */
const waysTo: Readonly<Record<string, readonly string[]>> = {
  Shipment: shipments, ShipmentChange: shipments, MilestoneEvent: shipments, MilestoneSource: shipments, Package: shipments, Event: shipments,
  // A place is of a milestone or a facility; a facility and a stop are part of how a shipment travels.
  Place: ['loads:read', 'shipments:read', 'yard:read', 'yard:write'], Stop: ['loads:read', 'shipments:read'], Facility: ['loads:read', 'shipments:read', 'yard:read', 'yard:write'],
  Order: orders, OrderLine: orders, Transfer: orders, TransferLine: orders, Invoice: ['invoices:read'], Party: ['invoices:read', 'orders:read'],
  // What carriers ask for is seen by who may book.
  Money: ['freight:read, money:read, shipments:read', 'invoices:read, money:read', 'money:read, orders:read', 'money:read, shipments:book'],
  Booking: shipments, BookedPackage: shipments, Document: shipments, Pickup: shipments, AddressCheck: booking, AddressCheckPayload: booking, PostalAddress: ['personal:read, shipments:book'], NextCutOff: shipments,
  Quote: booking, CarrierRate: booking, MissingQuote: booking, QuotePayload: booking, BookingPayload: booking, BookingRule: booking, RuleAction: booking, RuleConditions: booking, CarrierCutOff: booking,
  SettingPayload: ['connections:admin'],
  Product: products, Weight: ['orders:read', 'products:read'], StockLevel: ['stock:read'], StockChange: ['stock:read'], Availability: ['stock:read'], WarehouseAvailability: ['stock:read'],
  ShopOrder: orders, ShopOrderLine: orders, ShopFulfilment: orders, ShopFulfilmentLine: orders,
  WarehouseOrder: yard, WarehouseOrderLine: yard, WarehouseConfirmation: yard, ConfirmedLine: yard, ConfirmedPackage: yard, HandlingPayload: ['yard:write'], InventoryLevel: yard, InventoryAdjustment: yard, Pallet: yard, PalletLine: yard, PalletReport: yard,
  Load: loads, TenderPlan: loads, TenderOffer: loads, TenderOfferAnswer: loads, TenderOfferChange: loads, LoadAssignment: loads, AssignmentStep: loads, Driver: ['loads:read, personal:read'], LoadPayload: ['loads:write', 'tenders:answer'], SplitLoadPayload: ['loads:write'], TenderLoadPayload: ['loads:write'], AnswerTenderOfferPayload: ['tenders:answer'],
  Tender: loads, TenderAnswer: loads, LoadChange: loads, Vehicle: loads, PositionChange: loads, Geofence: yard, GeoPoint: yard, FacilityGeofencePayload: ['yard:write'], Appointment: yard, Visit: yard, Detention: yard, YardEvent: yard,
  AppointmentPayload: booksDocks, FreeSlot: booksDocks, AppointmentWish: yard, ClaimedNames: yard, FacilityPlanPayload: ['yard:write'], UnfitAppointment: ['yard:write'], CarrierAdherence: yard, StandingAppointment: yard, SkippedDay: yard, StandingAppointmentPayload: ['yard:write'],
  DockCalendar: yard, CalendarDock: yard, CalendarEntry: yard, CalendarLoad: ['loads:read, yard:read'], CalendarVisit: yard, CalendarHour: yard, HourCapacity: yard, OpenTime: yard,
  FacilityPlan: yard, FacilityHours: yard, DayHours: yard, SpecialDay: yard, Dock: yard, BlockedTime: yard, DurationRule: yard, CapacityRule: yard, BookingRules: yard,
  StopTime: ['loads:read', 'shipments:read'], StopEta: ['loads:read', 'shipments:read'], StopPerformance: loads, VisitClocks: yard, VisitClock: yard, DetentionCharge: detention, DetentionEvidence: detention, DetentionAmount: detention, DetentionRule: detention, DetentionTerms: detention, LateTerms: detention, DetentionTotal: detention, DetentionRulePayload: ['connections:admin'],
  TrailerStay: yard, YardMove: yard, FacilityBoard: yard, BoardDock: yard, YardMovePayload: ['yard:write'], Seals: yard, HandlingCount: yard, Finding: yard, EquipmentStep: yard, VisitDriver: ['personal:read, yard:read'], VisitPayload: ['yard:write'], CheckInPayload: ['yard:write'], UnmatchedReference: ['yard:write'], GateCandidate: ['yard:write'],
  Exception: exceptions, ExceptionChange: ['exceptions:read'], ExceptionPayload: ['exceptions:write'], Release: releases, ReleaseBlock: releases,
  ConnectionHealth: operations, OperationsHealth: operations, LiveOperations: operations, LiveOperation: operations, SlowReader: operations,
  Command: commands, CommandAttempt: commands, CommandFailure: commands, CommandPayload: ['commands:write'], RedriveCommandsPayload: ['commands:write'], DeadCommandGroup: ['commands:write'],
  EdiCommandPayload: booking, ShipNoticePayload: booking, OutsideAppointmentPayload: booking, Interchange: interchanges, InterchangeAcknowledgement: interchanges, EdiGroup: interchanges, EdiSet: interchanges, EdiFault: interchanges,
  ConnectionMapping: mapping, CodeOverride: mapping, ConnectionMappingPayload: ['connections:admin'], UnmappedCode: operations, MappingPreview: ['connections:admin'], ShipmentDifference: ['connections:admin'],
  SaidMilestone: ['connections:admin'], ChangedMilestone: ['connections:admin'], ConnectionComparison: operations, ComparedShipment: operations, ComparedMilestone: operations, ComparedTimes: operations,
  Partner: partners, PartnerPolicy: partners, PartnerQueue: partners, PartnerPayload: ['connections:admin'],
  WebhookEndpoint: webhooks, WebhookFilter: webhooks, WebhookSecret: webhooks, WebhookGap: webhooks, WebhookHealth: webhooks, WebhookDelivery: webhooks, WebhookAttempt: webhooks,
  WebhookPayload: webhooks, WebhookSecretPayload: webhooks, RemoveWebhookPayload: webhooks, TestWebhookPayload: webhooks, ReplayWebhookPayload: webhooks,
  Approval: approvals, ApprovalPayload: approvals, UserError: ['appointments:book', 'approvals:decide', 'commands:write', 'connections:admin', 'exceptions:write', 'loads:write', 'shipments:book', 'tenders:answer', 'webhooks:write', 'yard:write'], Viewer: [''],
};

const isPage = (type: string) => /(Connection|Edge|^PageInfo)$/.test(type);
const isRoot = (type: string) => ['Query', 'Mutation', 'Subscription'].includes(type);
/** What only a router asks for, in the name of who may come there. */
const ofRouters = ['Query._entities', 'Query._service'];

let subgraphs: LocalSubgraph[];
let guards: Guards;
beforeAll(async () => {
  subgraphs = await Promise.all([odooSubgraph(), carrierSubgraph(), tmsSubgraph(), yardSubgraph(), operationsSubgraph()]);
  guards = guardsOf(localGraph(subgraphs, { maxCost: 1e9 }).schema, subgraphs);
});

describe('the graph', () => {
  it('gives a token without any scope nothing but who it is', () => {
    expect(guards.openFields).toEqual(Object.keys(openFields).sort());
  });

  it('leads to objects of each type by these scopes, and by no fewer', () => {
    const found = [...guards.ways].filter(([type]) => !isRoot(type) && !isPage(type)).sort();
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(Object.entries(waysTo).map(([type, ways]) => [type, [...ways].sort()]).sort()));
  });

  it('leads to pages and edges by no fewer scopes than to what is on them', () => {
    for (const [type, ways] of guards.ways) {
      const node = type.replace(/(Connection|Edge)$/, '');
      if (isPage(type) && type !== 'PageInfo') expect(waysTo[node] ?? [`no ways to ${node}`], type).toEqual(expect.arrayContaining(ways));
    }
  });

  it('demands no less where a subgraph is asked on its own', () => {
    for (const subgraph of subgraphs) {
      for (const [type, ways] of guardsOf(subgraph.schema, [subgraph], ofRouters).ways) {
        if (isRoot(type) || isPage(type)) continue;
        const demanded = (way: string) => new Set(way.split(', ').filter((each) => each !== ''));
        for (const way of ways) expect(waysTo[type]!.some((allowed) => isWithin(demanded(allowed), demanded(way))), `${subgraph.name}: ${type} by ${way}`).toBe(true);
      }
    }
  });
});

describe('a field that is new', () => {
  const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requiresScopes"])';

  /** What the graph gives without any scope, and the ways to its types, with another subgraph beside ours. */
  function withSubgraph(sdl: string): Guards {
    const schema = buildSubgraphSchema(parse(`${link} ${sdl}`));
    const all = [...subgraphs, { name: 'synthetic', schema, sdl: printSubgraphSchema(schema) }];
    return guardsOf(localGraph(all, { maxCost: 1e9 }).schema, all);
  }
  const isNew = (field: string) => openFields[field] === undefined;

  it.each<[string, string, string[]]>([
    ['has no scope on it, nor on what it gives', 'type Query { vault: Vault } type Vault { gold: Int inner: Inner } type Inner { silver: Int }', ['Inner.silver', 'Query.vault', 'Vault.gold', 'Vault.inner']],
    ['is a mutation', 'type Query { a: Int @requiresScopes(scopes: [["stock:read"]]) } type Mutation { open: Boolean }', ['Mutation.open']],
    ['is a subscription', 'type Query { a: Int @requiresScopes(scopes: [["stock:read"]]) } type Subscription { vaults: Int }', ['Subscription.vaults']],
    ['is reached by one path with a scope and by one without', 'type Query { a: Vault @requiresScopes(scopes: [["stock:read"]]) b: Vault } type Vault { gold: Int }', ['Query.b', 'Vault.gold']],
  ])('fails these tests where it %s', (_where, sdl, found) => {
    expect(withSubgraph(sdl).openFields.filter(isNew)).toEqual(found);
  });

  it.each([
    ['the field', 'type Query { vault: Vault @requiresScopes(scopes: [["stock:read"]]) } type Vault { gold: Int }'],
    ['the type', 'type Query { vault: Vault } type Vault @requiresScopes(scopes: [["stock:read"]]) { gold: Int }'],
  ])('is guarded where %s has a scope', (_what, sdl) => {
    const { openFields: open, ways } = withSubgraph(sdl);
    expect(open.filter(isNew)).toEqual([]);
    expect(ways.get('Vault')).toEqual(['stock:read']);
  });

  it('fails these tests where it leads from one type to another that needs a scope of its own', () => {
    const { ways } = withSubgraph('type Query { a: Int @requiresScopes(scopes: [["stock:read"]]) } type Product @key(fields: "id") { id: ID! lastShipment: Shipment } type Shipment @key(fields: "id", resolvable: false) { id: ID! }');
    expect(ways.get('Shipment')).toEqual(['products:read', 'shipments:read']);
  });
});

import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import { globalId, uuidFromGlobalId } from '../../../lib/ids.js';
import { isZone } from '../../../lib/zone.js';
import type { RuleAction as Action, RuleConditions as Conditions } from '../../../model/booking-rules.js';
import { nextCutOffMs } from '../../../model/cut-off.js';
import { carrierCode } from '../../../model/references.js';
import type { GraphContext } from '../../shared/context.js';
import { pageOfValues, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { userErrorsOf } from '../../shared/user-errors.js';
import { BookingRule, BookingRuleConnection, CarrierCutOff, CarrierCutOffConnection, NextCutOff, SaveBookingRuleInput, SaveCarrierCutOffInput, SettingPayload, type RuleAction, type RuleConditions } from './setting-types.js';

/** So many of either no company has. */
const most = 1_000;

@Resolver()
export class BookingSettingsResolver {
  @needs('shipments:book')
  @Query(() => BookingRuleConnection, { nullable: true, description: 'In the order in which they apply.' })
  async bookingRules(@Ctx() { reader }: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<BookingRule>> {
    const rows = await reader.db.selectFrom('booking_rule').selectAll().orderBy('position').orderBy('id').limit(most).execute();
    const rules = rows.map((row): BookingRule => ({ id: globalId('BookingRule', row.id), company: row.company, position: row.position, name: row.name, conditions: row.conditions as RuleConditions, action: row.action as unknown as RuleAction, changedBy: row.changed_by, changedAt: row.changed_at }));
    return pageOfValues(rules, first, after);
  }

  @needs('shipments:book')
  @Query(() => CarrierCutOffConnection, { nullable: true })
  async carrierCutOffs(@Ctx() { reader }: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<CarrierCutOff>> {
    const rows = await reader.db.selectFrom('carrier_cut_off').selectAll().orderBy('facility').orderBy('carrier').orderBy('id').limit(most).execute();
    const all = rows.map((row): CarrierCutOff => ({ id: globalId('CarrierCutOff', row.id), company: row.company, facility: row.facility, carrier: row.carrier, service: row.service, weekdays: row.weekdays, at: row.at, zone: row.zone }));
    return pageOfValues(all, first, after);
  }

  @needs('shipments:read')
  @Query(() => NextCutOff, { nullable: true, description: 'When a carrier takes nothing more at a facility; of the service where that has a time of its own. Null where none is known.' })
  async nextCutOff(
    @Ctx() { reader }: GraphContext, @Arg('facility', () => String) facility: string, @Arg('carrier', () => String) carrier: string,
    @Arg('service', () => String, { nullable: true }) service?: string, @Arg('company', () => String, { nullable: true }) company?: string,
  ): Promise<NextCutOff | null> {
    const rows = await reader.db.selectFrom('carrier_cut_off').selectAll().where('facility', '=', facility).where('carrier', '=', carrierCode(carrier)).where('company', '=', company ?? 'main').orderBy('id').limit(most).execute();
    const own = rows.filter((row) => row.service !== null && row.service === service);
    const now = Date.now();
    const times = (own.length > 0 ? own : rows.filter((row) => row.service === null)).flatMap((row) => {
      const ms = nextCutOffMs(row, now);
      return ms === null ? [] : [{ ms, row }];
    });
    times.sort((a, b) => a.ms - b.ms);
    const [next] = times;
    return next === undefined ? null : { at: instant(next.ms), carrier: next.row.carrier, service: next.row.service, zone: next.row.zone };
  }

  @needs('connections:admin')
  @Mutation(() => SettingPayload, { nullable: true })
  saveBookingRule(@Ctx() context: GraphContext, @Arg('input', () => SaveBookingRuleInput) input: SaveBookingRuleInput): Promise<SettingPayload> {
    return saved('BookingRule', async () => {
      const { name, position, company } = input;
      if (name.trim() === '' || name.length > 200) throw new GatehouseError('BAD_INPUT', 'A name has 1 to 200 characters.', { field: 'input.name' });
      if (position < 0 || position > 1_000_000) throw new GatehouseError('BAD_INPUT', 'A position is 0 to 1000000.', { field: 'input.position' });
      return context.commands.bookings.saveRule({ ...idOf('BookingRule', input.id), company: company ?? 'main', position, name: name.trim(), conditions: conditionsOf(input.conditions ?? {}), action: actionOf(input.action) }, context.principal);
    });
  }

  @needs('connections:admin')
  @Mutation(() => SettingPayload, { nullable: true })
  saveCarrierCutOff(@Ctx() context: GraphContext, @Arg('input', () => SaveCarrierCutOffInput) input: SaveCarrierCutOffInput): Promise<SettingPayload> {
    return saved('CarrierCutOff', async () => {
      const { facility, carrier, service, weekdays, at, zone, company } = input;
      if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(at)) throw new GatehouseError('BAD_INPUT', 'The time is hours and minutes: 16:30.', { field: 'input.at' });
      if (!isZone(zone)) throw new GatehouseError('BAD_INPUT', 'The zone is one of IANA’s: Europe/Berlin.', { field: 'input.zone' });
      const days = [...new Set(weekdays)].sort();
      if (days.length === 0 || days.some((day) => day < 1 || day > 7)) throw new GatehouseError('BAD_INPUT', 'Days of the week are 1 (Monday) to 7 (Sunday).', { field: 'input.weekdays' });
      if (facility.trim() === '' || facility.length > 100) throw new GatehouseError('BAD_INPUT', 'A facility has 1 to 100 characters.', { field: 'input.facility' });
      return context.commands.bookings.saveCutOff({ ...idOf('CarrierCutOff', input.id), company: company ?? 'main', facility: facility.trim(), carrier: carrierCode(carrier), weekdays: days, at, zone, ...(service == null ? {} : { service }) }, context.principal);
    });
  }

  @needs('connections:admin')
  @Mutation(() => SettingPayload, { nullable: true })
  removeBookingRule(@Ctx() context: GraphContext, @Arg('id', () => ID) id: string): Promise<SettingPayload> {
    return saved('BookingRule', () => context.commands.bookings.removeSetting('booking_rule', idOf('BookingRule', id).id!, context.principal));
  }

  @needs('connections:admin')
  @Mutation(() => SettingPayload, { nullable: true })
  removeCarrierCutOff(@Ctx() context: GraphContext, @Arg('id', () => ID) id: string): Promise<SettingPayload> {
    return saved('CarrierCutOff', () => context.commands.bookings.removeSetting('carrier_cut_off', idOf('CarrierCutOff', id).id!, context.principal));
  }
}

function idOf(type: string, id: string | null | undefined): { id?: string } {
  if (id == null) return {};
  const uuid = uuidFromGlobalId(type, id);
  if (uuid === null) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.id' });
  return { id: uuid };
}

function conditionsOf({ minWeightKg, maxWeightKg, countries, customers }: RuleConditions): Conditions {
  for (const [field, weight] of [['minWeightKg', minWeightKg], ['maxWeightKg', maxWeightKg]] as const) {
    if (weight != null && !/^\d{1,7}(\.\d{1,6})?$/.test(weight)) throw new GatehouseError('BAD_INPUT', 'A weight is kilograms as decimal text.', { field: `input.conditions.${field}` });
  }
  if (countries?.some((country) => !/^[A-Z]{2}$/.test(country)) === true) throw new GatehouseError('BAD_INPUT', 'A country is two capital letters (ISO 3166).', { field: 'input.conditions.countries' });
  return { ...(minWeightKg == null ? {} : { minWeightKg }), ...(maxWeightKg == null ? {} : { maxWeightKg }), ...(countries == null ? {} : { countries }), ...(customers == null ? {} : { customers: customers.slice(0, most) }) };
}

function actionOf({ kind, services, minShare, minCount, by }: RuleAction): Action {
  switch (kind) {
    case 'EXCLUDE':
    case 'ALLOW':
      if (services == null || services.length > most) throw new GatehouseError('BAD_INPUT', `${kind} names services.`, { field: 'input.action.services' });
      return { kind, services };
    case 'ON_TIME':
      if (minShare == null || minShare < 0 || minShare > 1) throw new GatehouseError('BAD_INPUT', 'ON_TIME says the least share, 0 to 1.', { field: 'input.action.minShare' });
      return { kind, minShare, minCount: minCount ?? 20 };
    case 'PREFER':
      if (by == null) throw new GatehouseError('BAD_INPUT', 'PREFER says by what.', { field: 'input.action.by' });
      return { kind, by };
  }
}

async function saved(type: string, work: () => Promise<string>): Promise<SettingPayload> {
  try {
    return { id: globalId(type, await work()), userErrors: [] };
  } catch (error) {
    return { id: null, userErrors: userErrorsOf(error) };
  }
}

import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { AnswerEffect } from '../../../model/transport/tender-plan.js';
import type { GraphContext } from '../../shared/context.js';
import { needs } from '../../shared/scopes.js';
import { UserError, userErrorsOf } from '../../shared/user-errors.js';
import { answered, asked, driverOf, given, uuidIn } from '../planning/mutations.js';
import { offersLoader } from './resolvers.js';
import { AnswerTenderOfferInput, AnswerTenderOfferPayload, AwardTenderInput, TenderLoadInput, TenderLoadPayload, TenderStepInput } from './types.js';

/** What the carrier is to do where its acceptance did not get it the load. */
const refusals: Partial<Record<AnswerEffect, UserError>> = {
  LATE: { field: 'input.offerId', message: 'The offer had ended. The acceptance is recorded, and people decide; the load is not yours unless they say so.', code: 'OFFER_ENDED' },
  GIVEN_AWAY: { field: 'input.offerId', message: 'The load was given to somebody else.', code: 'OFFER_ENDED' },
  OUTDATED: { field: 'input.revision', message: 'The load changed since. Read the offer again and answer that.', code: 'CONFLICT' },
};

@Resolver()
export class TenderingMutations {
  @needs('loads:write')
  @Mutation(() => TenderLoadPayload, { nullable: true, description: 'Offers a load to carriers one after the other: the next is asked when one declines or does not answer in time.' })
  tenderLoad(@Ctx() context: GraphContext, @Arg('input', () => TenderLoadInput) input: TenderLoadInput): Promise<TenderLoadPayload> {
    const carriers = input.carriers.map(({ carrier, channel, connection, minutes }) => ({ carrier, channel, minutes, ...given({ connection }) }));
    return answered(context, () => context.commands.loads.tenders.start(uuidIn('Load', input.loadId, 'input.loadId'), { carriers, ...(input.hours == null ? {} : { hours: { ...input.hours } }) }, asked(context, input)));
  }

  @needs('loads:write')
  @Mutation(() => TenderLoadPayload, { nullable: true, description: 'Passes the carrier over that is asked at the moment.' })
  skipTenderCarrier(@Ctx() context: GraphContext, @Arg('input', () => TenderStepInput) input: TenderStepInput): Promise<TenderLoadPayload> {
    return answered(context, () => context.commands.loads.tenders.skip(uuidIn('Load', input.loadId, 'input.loadId'), asked(context, input)));
  }

  @needs('loads:write')
  @Mutation(() => TenderLoadPayload, { nullable: true, description: 'Ends the tender of a load, also one that was accepted. Carriers that are asked or have it are told.' })
  withdrawTender(@Ctx() context: GraphContext, @Arg('input', () => TenderStepInput) input: TenderStepInput): Promise<TenderLoadPayload> {
    return answered(context, () => context.commands.loads.tenders.withdraw(uuidIn('Load', input.loadId, 'input.loadId'), asked(context, input)));
  }

  @needs('loads:write')
  @Mutation(() => TenderLoadPayload, { nullable: true, description: 'Gives the load to a carrier that accepted after its offer had ended.' })
  awardTender(@Ctx() context: GraphContext, @Arg('input', () => AwardTenderInput) input: AwardTenderInput): Promise<TenderLoadPayload> {
    return answered(context, () => context.commands.loads.tenders.award(uuidIn('TenderOffer', input.offerId, 'input.offerId'), asked(context, input)));
  }

  @needs('tenders:answer')
  @Mutation(() => AnswerTenderOfferPayload, { nullable: true, description: 'A carrier takes or declines a load that it is offered; people of the company note what a carrier said otherwise.' })
  async answerTenderOffer(@Ctx() context: GraphContext, @Arg('input', () => AnswerTenderOfferInput) input: AnswerTenderOfferInput): Promise<AnswerTenderOfferPayload> {
    try {
      const { offerId, accepted, revision, reason, truck, trailer, driver } = input;
      const uuid = uuidIn('TenderOffer', offerId, 'input.offerId');
      const effect = await context.commands.loads.tenders.answer(uuid, { accepted, revision, ...given({ reason, truck, trailer }), ...(driver == null ? {} : { driver: driverOf(driver) }) }, asked(context, input));
      context.loaders.forget();
      const refusal = accepted ? refusals[effect] : undefined;
      return { tenderOffer: await context.loaders.get(offersLoader, context.reader).load(uuid), effect, userErrors: refusal === undefined ? [] : [refusal] };
    } catch (error) {
      return { tenderOffer: null, effect: null, userErrors: userErrorsOf(error) };
    }
  }
}

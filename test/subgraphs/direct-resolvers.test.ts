import { execute, parse, type ExecutionResult } from 'graphql';
import { Arg, Ctx, Field, FieldResolver, InputType, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { expect, it } from 'vitest';
import { buildSubgraph } from '../../src/subgraphs/shared/build.js';

@InputType('BoxFilter')
class BoxFilter {
  @Field(() => Int, { nullable: true }) least?: number;
}

@ObjectType('Box', { simpleResolvers: true })
class Box {
  @Field(() => Int) size!: number;

  @Field(() => String)
  method(): string {
    return `of ${this.size}`;
  }
}

const given: unknown[] = [];

@Resolver(() => Box)
class BoxResolver {
  readonly offset = 1;

  @Query(() => Box)
  box(@Arg('size', () => Int, { defaultValue: 4 }) size: number, @Ctx('unit') unit: number, @Arg('filter', () => BoxFilter, { nullable: true }) filter?: BoxFilter): Box {
    given.push(filter);
    return { size: size * unit + this.offset } as Box;
  }

  @FieldResolver(() => Int)
  twice(@Root() box: Box): number {
    given.push(box);
    return box.size * 2;
  }

  @FieldResolver(() => Int)
  size(@Root('size') size: number): number {
    return size;
  }
}

it('resolvers of classes are handed parents as they are, arguments with their defaults, and members of both, at once', async () => {
  const { schema } = await buildSubgraph({ name: 'boxes', resolvers: [BoxResolver], references: {} });
  const result = execute({ schema, document: parse('{ box { twice size } other: box(size: 1, filter: {least: 2}) { size method } }'), contextValue: { unit: 10 } });
  expect(result).not.toBeInstanceOf(Promise); // nothing in it waits
  expect(JSON.parse(JSON.stringify((result as ExecutionResult).data))).toEqual({ box: { twice: 82, size: 41 }, other: { size: 11, method: 'of 11' } });
  expect(given).toEqual([undefined, { size: 41 }, { least: 2 }]);
});

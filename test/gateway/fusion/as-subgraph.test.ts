import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { compose } from '../../../src/gateway/compose.js';
import { fuse } from '../../../src/gateway/fuse.js';
import { fusedSubgraph } from '../../../src/gateway/fusion/as-subgraph.js';
import { Asked, localSubgraphs } from '../remote/world.js';
import { ShopContext, shopSubgraphs } from './shop.js';

function opened(subgraphs: ReturnType<typeof localSubgraphs>) {
  const { api } = compose(subgraphs);
  return fusedSubgraph(subgraphs, api, fuse(subgraphs, api));
}

const entitiesQuery = (selection: string) => parse(`query($r: [_Any!]!) { _entities(representations: $r) { __typename ${selection} } }`);

describe('the fused graph as one subgraph', () => {
  const { operations, sdl } = opened(localSubgraphs());
  const entities = async (selection: string, ...r: object[]) => JSON.parse(JSON.stringify(await operations.execute({ document: entitiesQuery(selection), variableValues: { r }, contextValue: new Asked() })));

  it('gives an entity by whichever of its keys a reference has, and fields of all local subgraphs with it', async () => {
    const selection = '... on Shipment { id tracking status weight }';
    const shipment = { __typename: 'Shipment', id: 's2', tracking: 'T2', status: 'IN_TRANSIT', weight: 200 };
    expect(await entities(selection, { __typename: 'Shipment', id: 's2' }, { __typename: 'Shipment', tracking: 'T2' }, { __typename: 'Shipment', id: null, tracking: 'T2' })).toEqual({ data: { _entities: [shipment, shipment, shipment] } });
  });

  it('gives null for what nobody knows, and an error at what cannot be null', async () => {
    expect(await entities('... on Shipment { weight }', { __typename: 'Shipment', id: 'none' })).toEqual({ data: { _entities: [{ __typename: 'Shipment', weight: null }] } });
    expect(await entities('... on Shipment { status }', { __typename: 'Shipment', id: 'none' }, { __typename: 'Shipment', id: 's1' })).toMatchObject({ data: { _entities: [null, { status: 'IN_TRANSIT' }] }, errors: [{ path: ['_entities', 0, 'status'] }] });
  });

  it('refuses references without a key, and of types that are no entities', async () => {
    for (const reference of [{ __typename: 'Shipment' }, { __typename: 'Query' }, {}]) expect(await entities('', reference)).toMatchObject({ data: { _entities: [null] }, errors: [{ path: ['_entities', 0] }] });
  });

  it('has every key of the local subgraphs in its SDL, and their demands', () => {
    expect(sdl).toMatch(/type Shipment @key\(fields: "id"\) @key\(fields: "tracking"\)/);
    expect(sdl).toMatch(/secret: String @requiresScopes\(scopes: \[\["secret:read"\]\]\)/);
    expect(sdl).toMatch(/status: String! @shareable/);
  });

  it('takes composite and nested keys', async () => {
    const shop = opened(shopSubgraphs());
    const keys = [...shop.sdl.matchAll(/@key\(fields: "([^"]+)"\)/g)].map(([, fields]) => fields);
    expect(keys).toEqual(expect.arrayContaining(['id', 'upc', 'org { id } number']));
    const result = await shop.operations.execute({ document: entitiesQuery('... on User { username balance }'), variableValues: { r: [{ __typename: 'User', number: 1, org: { id: 'g1' } }] }, contextValue: new ShopContext() });
    expect(JSON.parse(JSON.stringify(result))).toEqual({ data: { _entities: [{ __typename: 'User', username: 'user1', balance: 101 }] } });
  });
});

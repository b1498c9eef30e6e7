import DataLoader from 'dataloader';
import type { LocalSubgraph } from '../../../src/gateway/compose.js';
import { subgraphOf } from './subgraph.js';

/** Counts batches, so that tests can tell one statement a level from many. */
export class ShopContext {
  readonly batches: string[] = [];
  readonly principal = { scopes: new Set<string>(['all']) };
  readonly stock = this.#loader('stock', (upc) => upc.length % 3 !== 0);
  readonly reviews = this.#loader('reviews', (id) => reviews.filter((review) => review.product === id));

  #loader<Value>(name: string, make: (key: string) => Value): DataLoader<string, Value> {
    return new DataLoader(async (keys) => {
      this.batches.push(`${name} ${keys.length}`);
      return keys.map(make);
    });
  }
}

const products = Array.from({ length: 7 }, (_, n) => ({ id: `p${n}`, upc: `upc-${'x'.repeat(n)}`, name: `Product ${n}`, kind: n % 2 === 0 ? 'GOOD' : 'SPARE', price: n === 3 ? null : n * 10, dims: n === 4 ? null : { size: `${n}x${n}`, weight: n } }));
const services = Array.from({ length: 3 }, (_, n) => ({ id: `s${n}`, name: `Service ${n}`, hours: n }));
const users = Array.from({ length: 4 }, (_, n) => ({ id: `u${n}`, username: `user${n}`, org: { id: `g${n % 2}` }, number: n }));
const reviews = Array.from({ length: 12 }, (_, n) => ({ id: `r${n}`, body: n % 5 === 0 ? null : `Body ${n}`, product: `p${n % 7}`, author: `u${n % 4}` }));
const later = async <Value>(value: Value): Promise<Value> => value;

const byId = <Row extends { id: string }>(rows: readonly Row[]) => ({ id }: { id: string }) => rows.find((row) => row.id === id) ?? null;
const typed = (row: object) => ('upc' in row ? 'Product' : 'Service');

/** Products and what is common to them. */
function productsSubgraph(): LocalSubgraph {
  const sdl = `
    type Query { products: [Product!]! product(id: ID!): Product items: [Item] named(kind: Kind): [Named!] featured: Product }
    type Mutation { rename(id: ID!, name: String!): Product }
    enum Kind { GOOD SPARE }
    interface Named { name: String }
    union Item = Product | Service
    type Product implements Named @key(fields: "id") @key(fields: "upc") { id: ID! upc: String! name: String kind: Kind price: Int dims: Dimensions legacy: String }
    type Service implements Named @key(fields: "id") { id: ID! name: String hours: Int }
    type Dimensions @shareable { size: String weight: Int }`;
  return subgraphOf('products', sdl, {
    Query: { products: () => products, product: (_: unknown, { id }: { id: string }) => later(byId(products)({ id })), items: () => [...products.slice(0, 3), ...services, null], named: (_: unknown, { kind }: { kind?: string }) => (kind == null ? [...services, ...products] : products.filter((row) => row.kind === kind)), featured: () => ({ id: 'p1', upc: 'upc-x', name: 'featured' }) },
    Mutation: { rename: (_: unknown, { id, name }: { id: string; name: string }) => ({ ...byId(products)({ id }), name }) },
    Item: { __resolveType: typed },
    Named: { __resolveType: (row: object) => later(typed(row)) },
    Product: { __resolveReference: ({ id, upc }: { id?: string; upc?: string }) => later(products.find((row) => row.id === id || row.upc === upc) ?? null), legacy: () => 'the old one' },
    Service: { __resolveReference: byId(services) },
  });
}

/** Knows products by their upc alone; computes from what others own. */
function inventorySubgraph(): LocalSubgraph {
  const sdl = `
    type Product @key(fields: "upc") {
      upc: String! price: Int @external dims: Dimensions @external inStock: Boolean
      estimate: Int @requires(fields: "price dims { weight }") legacy: String @override(from: "products") warehouse: Warehouse
    }
    type Dimensions @shareable { size: String weight: Int }
    type Warehouse @key(fields: "code") { code: ID! city: String products: [Product!] }
    type Query { warehouses: [Warehouse] }`;
  const warehouseOf = (upc: string) => ({ code: `w${upc.length % 2}`, city: 'Ghent' });
  return subgraphOf('inventory', sdl, {
    Query: { warehouses: () => [{ code: 'w0', city: 'Ghent' }, { code: 'w1', city: null }] },
    Product: {
      __resolveReference: (reference: object) => reference,
      inStock: ({ upc }: { upc: string }, _: unknown, context: ShopContext) => context.stock.load(upc),
      estimate: ({ price, dims }: { price: number | null; dims: { weight: number } | null }) => (price ?? -1000) + (dims?.weight ?? -100),
      legacy: ({ upc }: { upc: string }) => `new ${upc}`,
      warehouse: ({ upc }: { upc: string }) => (upc.length > 8 ? null : warehouseOf(upc)),
    },
    Warehouse: { __resolveReference: ({ code }: { code: string }) => ({ code, city: 'Ghent' }), products: ({ code }: { code: string }) => products.filter(({ upc }) => warehouseOf(upc).code === code).map(({ upc }) => ({ upc })) },
  });
}

/** Reviews join products by id and people by id; says a person's name along with the review. */
function reviewsSubgraph(): LocalSubgraph {
  const sdl = `
    type Product @key(fields: "id") { id: ID! reviews(first: Int = 2): [Review!] rating: Float }
    type Review @key(fields: "id") { id: ID! body: String author: User @provides(fields: "username") product: Product subject: Subject }
    type User @key(fields: "id") { id: ID! username: String @external reviews: [Review] }
    union Subject = Product | User
    type Query { reviews: [Review!]! }`;
  const authorOf = ({ author }: { author: string }) => ({ id: author, username: author.replace('u', 'user') });
  const subjectType = ({ id }: { id: string }) => (id.startsWith('p') ? 'Product' : 'User');
  return subgraphOf('reviews', sdl, {
    Query: { reviews: () => later(reviews) },
    Product: { __resolveReference: ({ id }: { id: string }) => ({ id }), reviews: async ({ id }: { id: string }, { first }: { first: number }, context: ShopContext) => (await context.reviews.load(id)).slice(0, first), rating: ({ id }: { id: string }) => (id === 'p2' ? null : 4.5) },
    Review: { __resolveReference: byId(reviews), author: authorOf, product: ({ product }: { product: string }) => ({ id: product }), subject: (review: (typeof reviews)[number]) => (review.id.endsWith('1') ? { id: review.author } : { id: review.product }) },
    User: { reviews: ({ id }: { id: string }) => reviews.filter(({ author }) => author === id) },
    Subject: { __resolveType: subjectType },
  });
}

function accountsSubgraph(): LocalSubgraph {
  const sdl = `
    type User @key(fields: "id") @key(fields: "org { id } number") { id: ID! username: String org: Org! number: Int! }
    type Org @shareable { id: ID! }
    type Query { me: User users: [User] robots: [Named!] }
    interface Named { name: String }
    type Robot implements Named { name: String model: String }`;
  return subgraphOf('accounts', sdl, {
    Query: { me: () => later(users[1]), users: () => users, robots: () => [{ name: 'Marvin', model: 'M' }] },
    User: { __resolveReference: ({ id, org, number }: { id?: string; org?: { id: string }; number?: number }) => later(users.find((row) => row.id === id || (row.org.id === org?.id && row.number === number)) ?? null) },
    Named: { __resolveType: () => 'Robot' },
  });
}

/** Knows people by a composite, nested key only. */
function billingSubgraph(): LocalSubgraph {
  const sdl = `
    type User @key(fields: "org { id } number") { org: Org! number: Int! balance: Int }
    type Org @shareable { id: ID! }
    type Query { debtors: [User] }`;
  return subgraphOf('billing', sdl, {
    Query: { debtors: () => users.slice(2).map(({ org, number }) => ({ org, number })) },
    User: { __resolveReference: ({ org, number }: { org: { id: string }; number: number }) => ({ org, number }), balance: ({ org, number }: { org: { id: string }; number: number }) => number * 100 + Number(org.id.slice(1)) },
  });
}

/** Five subgraphs with several, composite and nested keys, @requires, @override, @provides, unions and interfaces. */
export function shopSubgraphs(): LocalSubgraph[] {
  return [productsSubgraph(), inventorySubgraph(), reviewsSubgraph(), accountsSubgraph(), billingSubgraph()];
}

import { expect } from 'vitest';

/** Runs a GraphQL operation and gives its data; fails the test on any error. */
export async function graphql(url: string, token: string, query: string, variables: Record<string, unknown> = {}): Promise<Record<string, any>> {
  const answer = await graphqlAnswer(url, token, query, variables);
  expect(answer.errors).toBeUndefined();
  return answer.data!;
}

export interface GraphqlAnswer {
  status: number;
  data?: Record<string, any> | null;
  errors?: Array<{ message: string; path?: Array<string | number>; extensions?: Record<string, unknown> }>;
}

/** Runs a GraphQL operation and gives whatever comes back. */
export async function graphqlAnswer(url: string, token: string | null, query: string, variables: Record<string, unknown> = {}): Promise<GraphqlAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

/** Asks again until the answer satisfies, at most `timeoutMs`; gives the last answer either way. */
export async function eventually<T>(ask: () => Promise<T>, satisfies: (answer: T) => boolean, timeoutMs = 90_000): Promise<T> {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (Date.now() > endMs) {
      expect.fail(`It did not come to be within ${timeoutMs} ms. Last answer: ${JSON.stringify(answer)}`);
    }
    await new Promise((next) => setTimeout(next, 25));
  }
}

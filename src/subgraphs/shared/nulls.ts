/** A value without what is null or absent in its objects, as plain objects: clients say null for what they do not say. */
export function withoutNulls<Value>(value: Value): WithoutNulls<Value> {
  if (Array.isArray(value)) return value.map(withoutNulls) as WithoutNulls<Value>;
  if (value === null || typeof value !== 'object') return value as WithoutNulls<Value>;
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each != null).map(([key, each]) => [key, withoutNulls(each)])) as WithoutNulls<Value>;
}

export type WithoutNulls<Value> = Value extends ReadonlyArray<infer Item>
  ? Array<WithoutNulls<Item>>
  : Value extends object
    ? { [K in keyof Value as null extends Value[K] ? never : undefined extends Value[K] ? never : K]: WithoutNulls<Value[K]> } & { [K in keyof Value as null extends Value[K] ? K : undefined extends Value[K] ? K : never]?: WithoutNulls<NonNullable<Value[K]>> }
    : Value;

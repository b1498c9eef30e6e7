import { google, Trace } from '@apollo/usage-reporting-protobuf';
import type { ExecutionResult, GraphQLResolveInfo } from 'graphql';

type Path = GraphQLResolveInfo['path'];

/**
 * When each field of one operation began and ended, for routers that ask for it: Apollo's federated tracing,
 * `ftv1`. The message is Trace of Apollo's reports.proto. Begins when it is made.
 */
export class FieldTrace {
  readonly #root = new Trace.Node();
  readonly #nodes = new Map([['', this.#root]]);
  readonly #began = { date: new Date(), ms: performance.now() };

  /** @returns to be called when the field has its value, or failed */
  begin({ path, fieldName, returnType, parentType }: GraphQLResolveInfo): () => void {
    const node = this.#nodeAt(path);
    node.type = String(returnType);
    node.parentType = parentType.name;
    node.startTime = this.#nanoseconds();
    if (path.key !== fieldName) node.originalFieldName = fieldName;
    return () => {
      node.endTime = this.#nanoseconds();
    };
  }

  /** The trace, in base64. Messages of errors are left out, as Apollo Server does by default: traces go to third parties. */
  end({ errors = [] }: ExecutionResult): string {
    for (const { path = [], locations = [] } of errors) {
      const place = path.reduce<Path | undefined>((prev, key) => ({ prev, key, typename: undefined }), undefined);
      this.#nodeAt(place).error.push(new Trace.Error({ message: '<masked>', location: locations.map(({ line, column }) => new Trace.Location({ line, column })) }));
    }
    const durationNs = this.#nanoseconds();
    const trace = new Trace({ startTime: timestamp(this.#began.date), endTime: timestamp(new Date()), durationNs, root: this.#root, fieldExecutionWeight: 1 });
    return Buffer.from(Trace.encode(trace).finish()).toString('base64');
  }

  #nodeAt(path: Path | undefined): Trace.Node {
    const place = textOf(path);
    let node = this.#nodes.get(place);
    if (node === undefined) {
      const { key, prev } = path!;
      node = new Trace.Node(typeof key === 'number' ? { index: key } : { responseName: key });
      this.#nodes.set(place, node);
      this.#nodeAt(prev).child.push(node);
    }
    return node;
  }

  /** Since it began. */
  #nanoseconds(): number {
    return Math.round((performance.now() - this.#began.ms) * 1e6);
  }
}

function textOf(path: Path | undefined): string {
  return path === undefined ? '' : `${textOf(path.prev)}.${path.key}`;
}

function timestamp(date: Date): google.protobuf.Timestamp {
  const ms = date.getTime() % 1000;
  return new google.protobuf.Timestamp({ seconds: (date.getTime() - ms) / 1000, nanos: ms * 1e6 });
}

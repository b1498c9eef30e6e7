/**
 * What is read of the graph for those who are told of events: the page of `events` that the owner would get, with
 * every field that its scopes show and none that they do not.
 */
export function eventsDocument(scopes: ReadonlySet<string>): string {
  const may = (...needed: string[]) => needed.every((scope) => scopes.has(scope));
  const when = (shown: boolean, fields: string) => (shown ? fields : '');
  const place = '{ name city region postalCode country latitude longitude }';
  const order = when(may('orders:read'), `order { id reference customerReference ${when(may('money:read'), 'total { amount currency }')} }`);
  const shipment = `{ id reference status rawStatus provisional carrier direction trackingNumbers packages { trackingNumber status } promisedAt plannedAt estimatedAt deliveredAt conflict origin ${place} destination ${place} updatedAt ${order} }`;
  return `query Told($first: Int!, $after: String, $topics: [Topic!], $filter: MilestoneFilter) {
    events(first: $first, after: $after, topics: $topics, filter: $filter) {
      all {
        cursor id deleted topic
        milestone {
          id code classifier occurredAt zone zoneAssumed recordedAt exceptionClass stop package retracts location ${place}
          source { connection rawId rawCode rawReason ${when(may('personal:read'), 'rawText')} }
          shipment { id reference status carrier trackingNumbers promisedAt estimatedAt deliveredAt }
        }
        shipment ${shipment}
        ${when(may('loads:read'), 'load { id reference state rawState carrier truck trailer startsAt updatedAt } tenderOffer { id state carrier loadReference revision offeredAt deadlineAt endedAt }')}
        ${when(may('yard:read'), `
        appointment { id confirmation state rawState direction dock startsAt endsAt carrier updatedAt facility { id code name } }
        visit { id state rawState type carrier truck trailer checkedInAt atDockAt fromDockAt checkedOutAt updatedAt facility { id code name } }`)}
        ${when(may('exceptions:read'), `exception { id class kind severity state title assignee resolution openedAt resolvedAt ${when(may('personal:read'), 'detail')} shipment { id reference } }`)}
        ${when(may('stock:read'), `stockLevel { id location onHand reserved available unit updatedAt ${when(may('products:read'), 'product { id sku name }')} }`)}
        ${when(may('operations:read'), 'connection { id connection syncState syncError syncStartedAt syncFinishedAt quarantinedAt }')}
      }
      pageInfo { endCursor hasNextPage }
    }
  }`;
}

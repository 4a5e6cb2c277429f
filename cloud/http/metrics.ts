import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** What Prometheus reads. Labels hold kinds and codes, never a member, a card or a device. */
export function makeMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'bonusbook_' })
  const registers = [registry]
  return {
    registry,
    requests: new Histogram({
      name: 'bonusbook_http_request_seconds',
      help: 'Time to answer, by route and status',
      labelNames: ['route', 'status'],
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    entries: new Counter({
      name: 'bonusbook_entries_total',
      help: 'Entries taken in, by disposition and quarantine code',
      labelNames: ['disposition', 'code'],
      registers,
    }),
    resent: new Counter({ name: 'bonusbook_entries_resent_total', help: 'Entries that were already there', registers }),
    conflicts: new Counter({
      name: 'bonusbook_push_conflicts_total',
      help: 'Pushes refused because the cloud stands elsewhere in the stream',
      labelNames: ['code'],
      registers,
    }),
    refusals: new Counter({
      name: 'bonusbook_refused_requests_total',
      help: 'Requests refused at the edge, by problem code',
      labelNames: ['code'],
      registers,
    }),
    pulled: new Counter({
      name: 'bonusbook_pulled_rows_total',
      help: 'Rows sent to tills',
      labelNames: ['scope'],
      registers,
    }),
    checked: new Counter({
      name: 'bonusbook_checked_parts_total',
      help: 'Parts of what tills hold that were compared by sums',
      labelNames: ['scope'],
      registers,
    }),
    differences: new Counter({
      name: 'bonusbook_cache_differences_total',
      help: 'Parts in which a till held something else than it should: a fault of ours, or of its disk',
      labelNames: ['scope'],
      registers,
    }),
    failures: new Counter({
      name: 'bonusbook_background_failures_total',
      help: 'Failures of work in the background, which is tried again, by kind of work',
      labelNames: ['work'],
      registers,
    }),
    sequenced: new Counter({ name: 'bonusbook_feed_rows_total', help: 'Rows numbered for the feed', registers }),
    feedErrors: new Counter({ name: 'bonusbook_feed_errors_total', help: 'Failed runs of the sequencer', registers }),
    feedHigh: new Gauge({ name: 'bonusbook_feed_high', help: 'The last number given in the feed', registers }),
  }
}
export type Metrics = ReturnType<typeof makeMetrics>

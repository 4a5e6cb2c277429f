import { z } from 'zod'
import { FAMILIES } from './families.ts'
import { predicate } from './predicate.ts'
import { TREND_DAYS_MAX } from './trend.ts'

/**
 * What a manager's screen asks of segments through the till's session, beside the sync protocol as reports are: an older
 * cloud has no such path and says so. Members are ids and nothing more.
 */
const segmentId = z.string().min(1).max(64)
const grade = z.int().min(1).max(5)
const family = z.enum(FAMILIES)
const segmentName = z.string().trim().min(1).max(100)

export const segmentsRequest = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('list') }),
  z.strictObject({ ask: z.literal('preview'), predicate }),
  z
    .strictObject({
      ask: z.literal('save'),
      /** One of the list that is changed; missing: a new one. */
      segment: segmentId.optional(),
      /** The asker's own name for a new one: asked again because the answer was lost, it is no second segment. */
      as: z.uuid().optional(),
      name: segmentName,
      kind: z.enum(['live', 'static']),
      predicate,
      /** What it is a change of, as it was read; missing: whatever is there is written over. */
      over: z.strictObject({ name: z.string(), kind: z.enum(['live', 'static']), predicate: z.unknown() }).optional(),
    })
    .refine(({ segment, as }) => segment === undefined || as === undefined, {
      error: 'segment of one that is there, or as for a new one, is allowed; not both',
      path: ['as'],
    }),
  /** A group of the RFM map as a live segment, by the cuts of this day; asked again, the cuts are taken anew. */
  z.strictObject({ ask: z.literal('rfm'), group: z.string().min(1).max(64), name: segmentName }),
  /** A cell of the map: those of one grade of recency and one of frequency, whatever they spent. */
  z.strictObject({ ask: z.literal('rfmCell'), r: grade, f: grade, name: segmentName }),
  z.strictObject({ ask: z.literal('drop'), segment: segmentId }),
  z.strictObject({ ask: z.literal('members'), segment: segmentId, after: z.string().max(64).optional() }),
  /** What conditions may name: so that nobody has to know codes by heart. */
  z.strictObject({ ask: z.literal('known') }),
  /** The owner's numbers of a preset. */
  z.strictObject({ ask: z.literal('preset'), family }),
  /** Other numbers for it; its segments and its report follow them from then on. */
  z.strictObject({ ask: z.literal('setPreset'), family, settings: z.record(z.string().max(40), z.unknown()) }),
  /** How members are graded and what groups of grades are called. */
  z.strictObject({ ask: z.literal('rfmSettings') }),
  z.strictObject({ ask: z.literal('setRfm'), settings: z.record(z.string().max(40), z.unknown()) }),
  /** How many were in each segment of a preset, or in each own one, on each of the last days. */
  z.strictObject({
    ask: z.literal('trend'),
    of: z.union([family, z.literal('own')]),
    days: z.int().min(2).max(TREND_DAYS_MAX),
  }),
])
export type SegmentsRequest = z.infer<typeof segmentsRequest>

const count = z.int().min(0)

export const ownSegment = z.object({
  segment: segmentId,
  name: z.string(),
  kind: z.enum(['live', 'static']),
  /** As stored: a newer cloud may know more of it than this till. */
  predicate: z.unknown(),
  members: count,
  trend: z.array(z.object({ day: z.string(), members: count })),
})
export type OwnSegment = z.infer<typeof ownSegment>

const saved = z.object({ kind: z.literal('saved'), segment: segmentId, members: count })

export const segmentsReply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('list'), segments: z.array(ownSegment) }),
  z.object({ kind: z.literal('preview'), members: count, sample: z.array(z.string()) }),
  saved,
  z.object({ kind: z.literal('dropped') }),
  z.object({ kind: z.literal('members'), members: z.array(z.string()), next: z.string().nullable() }),
  z.object({
    kind: z.literal('known'),
    attributes: z.array(z.string()),
    events: z.array(z.object({ kind: z.string(), properties: z.array(z.string()) })),
    categories: z.array(z.string()),
    goods: z.array(z.object({ sku: z.string(), name: z.string().nullable() })),
    tiers: z.array(z.string()),
    cardTypes: z.array(z.string()),
  }),
  /** Read by the schema of the family. */
  z.object({ kind: z.literal('preset'), family, settings: z.unknown() }),
  /** Read by the schema of RFM. */
  z.object({ kind: z.literal('rfmSettings'), settings: z.unknown() }),
  z.object({
    kind: z.literal('trend'),
    days: z.array(z.string()),
    segments: z.array(
      z.object({
        segment: segmentId,
        name: z.string(),
        /** A number for each day; null before the segment was first counted. */
        members: z.array(count.nullable()),
      }),
    ),
  }),
])
export type SegmentsReply = z.infer<typeof segmentsReply>

import { z } from 'zod'
import { REPORT_NAMES, type ReportName } from './settings.ts'

/**
 * A manager's screen asks the cloud for a report through the till's session, beside the sync protocol: an older cloud has
 * no such path and says so, and nothing about receipts depends on it.
 */
export const reportName = z.enum(REPORT_NAMES as [ReportName, ...ReportName[]])

export const reportRequest = z.strictObject({
  name: reportName,
  /** What differs from what is set for this report. */
  settings: z.record(z.string().max(40), z.unknown()).optional(),
})
export type ReportRequest = z.infer<typeof reportRequest>

/**
 * The report is read by the schema of its name. Coming: it is being computed anew; the one that is told, if any, is of an
 * earlier moment, and whoever asks again joins that computation.
 */
export const reportReply = z.object({ report: z.unknown(), isComing: z.boolean().optional() })
export type ReportReply = z.infer<typeof reportReply>

/** So long a screen waits for the latest before it is told what is kept, or that it is coming. */
export const ANSWER_WAIT_MS = 1_500

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { Told } from './witness.ts'

/** What the cloud's database holds in the end, beside what registers were told. */
export interface Findings {
  /** Told "done", and not in the database under that number. */
  readonly lost: readonly string[]
  /** Receipts or returns that were booked more than once. */
  readonly doubled: readonly string[]
  readonly quarantined: number
  /** Members whose account is not the sum of what was booked about them. */
  readonly unbalanced: readonly string[]
}

/** The embedded server's own address, as its data folder tells. */
export async function withDatabase<T>(dataFolder: string, run: (db: pg.Client) => Promise<T>): Promise<T> {
  const { password, port } = JSON.parse(readFileSync(join(dataFolder, 'postgres.json'), 'utf8'))
  const db = new pg.Client({ host: '127.0.0.1', port, user: 'bonusbook', password, database: 'postgres' })
  await db.connect()
  try {
    return await run(db)
  } finally {
    await db.end()
  }
}

export function clusterOf(dataFolder: string): string {
  return JSON.parse(readFileSync(join(dataFolder, 'postgres.json'), 'utf8')).cluster as string
}

interface Booked {
  readonly kind: string
  readonly epoch: number
  readonly seq: string
  readonly body: { readonly receipt: string }
  readonly applied: boolean
}

export async function examine(db: pg.Client, device: string, told: readonly Told[]): Promise<Findings> {
  const { rows } = await db.query<Booked>(
    `select kind, epoch, seq, body::json->'body' as body, disposition->>'kind' <> 'quarantined' as applied
     from entry where device = $1 and kind in ('sale', 'refund')`,
    [device],
  )
  const places = new Set(rows.map(({ kind, epoch, seq, body }) => `${kind} ${body.receipt} ${epoch}/${seq}`))
  const times = new Map<string, number>()
  for (const { kind, body, applied } of rows) {
    const name = `${kind} ${body.receipt}`
    if (applied) times.set(name, (times.get(name) ?? 0) + 1)
  }
  const { rows: aside } = await db.query('select count(*)::int as n from quarantine')
  const { rows: unbalanced } = await db.query<{ member: string }>(
    `select a.member from account a
     left join lateral (select coalesce(sum(remaining), 0) as held from lot l
       where l.tenant = a.tenant and l.member = a.member and l.purse = a.purse) l on true
     where greatest(a.posted, 0) <> l.held`,
  )
  return {
    lost: told
      .map(({ what, receipt, epoch, seq }) => `${what} ${receipt} ${epoch}/${seq}`)
      .filter((place) => !places.has(place)),
    doubled: [...times].filter(([, count]) => count > 1).map(([name]) => name),
    quarantined: aside[0].n,
    unbalanced: unbalanced.map(({ member }) => member),
  }
}

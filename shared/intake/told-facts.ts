import type { Profile } from '../ledger/entry.ts'
import { folded } from '../segments/folded.ts'
import { type Asked, asksNothing, type ToldFacts } from '../segments/told.ts'
import type { CountedFacts, LedgerReads, StreamPlace } from './port.ts'

/** The facts that tills are told of members: what is counted, and of the profile what is asked. Rule S212. */
export async function factsToTell(
  reads: Pick<LedgerReads, 'factsOf'>,
  members: readonly string[],
  asked: Asked,
  profiles: ReadonlyMap<string, Profile>,
  stream: StreamPlace,
): Promise<CountedFacts> {
  if (asksNothing(asked)) return { facts: new Map(), seen: stream.seen }
  const { facts, seen } = await reads.factsOf(members, asked, stream)
  const whole = [...facts].map(([member, counted]): [string, ToldFacts] => {
    const { gender, city } = profiles.get(member) ?? {}
    return [
      member,
      {
        ...counted,
        ...(asked.fields.has('gender') ? { gender: gender ?? null } : {}),
        ...(asked.fields.has('city') ? { city: city === undefined || folded(city) === '' ? null : city } : {}),
      },
    ]
  })
  return { facts: new Map(whole), seen }
}

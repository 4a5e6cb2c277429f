import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import type { Cloud } from '../cloud.ts'
import { Refusal } from '../http/refusal.ts'

/** What an administrator names has to be in the programme: a misspelt name would give something that nobody can use. */

/** A gift into a purse that no stamp card and no coupon has. */
export async function checkPurse(cloud: Cloud, purse: string): Promise<void> {
  const document = (await cloud.programmes.current(cloud.db))?.compiled.document
  if (document === undefined || purse === 'points') return
  const stamps = (document.stamps ?? []).map(({ id }) => `stamp:${id}`)
  const known = ['points', ...stamps, ...(document.coupons ?? []).map(({ id }) => `coupon:${id}`)]
  if (!known.includes(purse))
    throw new Refusal(409, 'unknown_purse', `The programme in force has no "${purse}"; it has ${known.join(', ')}.`)
}

/** A task that the programme gives nothing for. */
export function checkTask({ document }: CompiledProgramme, task: string): void {
  const known = (document.gifts ?? []).flatMap((gift) => (gift.kind === 'task' ? [gift.task] : []))
  if (known.includes(task)) return
  const has = known.length === 0 ? 'no task' : known.join(', ')
  throw new Refusal(409, 'unknown_task', `The programme in force gives nothing for "${task}"; it has ${has}.`)
}

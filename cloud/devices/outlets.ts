import type { Cloud } from '../cloud.ts'
import { Refusal } from '../http/refusal.ts'

/** Codes only for outlets that the programme knows, once it names some: a typing mistake would split the shop. */
export async function checkOutlet(cloud: Cloud, outlet: string): Promise<void> {
  const outlets = (await cloud.programmes.current(cloud.db))?.compiled.document.outlets?.map((known) => known.id) ?? []
  if (outlets.length > 0 && !outlets.includes(outlet)) {
    throw new Refusal(400, 'unknown_outlet', `The programme has no outlet "${outlet}"; it has ${outlets.join(', ')}.`)
  }
}

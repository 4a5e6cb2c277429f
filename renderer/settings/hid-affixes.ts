import type { HidAffix } from '../../shared/desktop-api.ts'

/** The list with one scanner's prefix and suffix in it; without it where there is nothing to take off. */
export function withAffix(affixes: readonly HidAffix[], changed: HidAffix): readonly HidAffix[] {
  const others = affixes.filter(({ device }) => device !== changed.device)
  return changed.prefix === '' && changed.suffix === '' ? others : [...others, changed]
}

export const affixOf = (affixes: readonly HidAffix[], device: string): HidAffix =>
  affixes.find((each) => each.device === device) ?? { device, prefix: '', suffix: '' }

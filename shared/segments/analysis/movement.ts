/** How many members went from which segment to which between two moments. */
export interface Flow {
  readonly from: string
  readonly to: string
  members: number
}

/** Those who were not there yet come from here. */
export const NEWCOMER = 'new'

export class Movement {
  private readonly flows = new Map<string, Flow>()

  add(from: string, to: string, members = 1): void {
    const key = `${from}\n${to}`
    const flow = this.flows.get(key)
    if (flow === undefined) this.flows.set(key, { from, to, members })
    else flow.members += members
  }

  /** In the order of the segments given, the empty ones left out. */
  inOrder(segments: readonly string[]): readonly Flow[] {
    const place = (name: string) => segments.indexOf(name)
    return [...this.flows.values()].sort(
      (one, other) => place(one.from) - place(other.from) || place(one.to) - place(other.to),
    )
  }
}

import type { KeptView, MirrorView, NeighboursView } from '../../shared/desktop-api.ts'
import type { Mirroring, MirrorStanding } from './mirroring.ts'
import type { Mirrors } from './mirrors.ts'
import type { Neighbours } from './neighbours.ts'
import type { OwnStream } from './own-stream.ts'
import type { Relay } from './relay.ts'
import type { Roster } from './roster.ts'

/** The parts of the local network that the screen is told of. */
export interface Seen {
  readonly epoch: () => number
  readonly own: Pick<OwnStream, 'end'>
  readonly neighbours: Pick<Neighbours, 'port' | 'trouble' | 'present' | 'lastSeenAt'>
  readonly mirroring: Pick<Mirroring, 'standing'>
  readonly mirrors: Pick<Mirrors, 'held'>
  readonly relay: Pick<Relay, 'unsent'>
}

/** The other tills of this shop as the screen shows them; `parts` null: this till has not joined. */
export function viewOf(options: {
  readonly enabled: boolean
  readonly roster: Pick<Roster, 'neighbours' | 'find'>
  readonly parts: Seen | null
}): NeighboursView {
  const { enabled, roster, parts } = options
  const written = parts?.own.end(parts.epoch()).high ?? 0
  return {
    enabled,
    port: parts?.neighbours.port() ?? null,
    trouble: parts?.neighbours.trouble() ?? null,
    tills: roster.neighbours().map(({ device, till }) => ({
      device,
      till,
      present: parts?.neighbours.present().includes(device) ?? false,
      lastSeenAt: parts?.neighbours.lastSeenAt(device)?.toISOString() ?? null,
      mirror: mirrorView(parts?.mirroring.standing(device), written),
    })),
    kept: parts === null ? [] : keptViews(parts, roster),
  }
}

function mirrorView(standing: MirrorStanding | undefined, written: number): MirrorView {
  if (standing === undefined || standing.high === null) return { behind: null, trouble: null }
  return { behind: Math.max(0, written - standing.high), trouble: troubleOf(standing, written) }
}

function troubleOf({ high, refusal }: MirrorStanding, written: number): MirrorView['trouble'] {
  if (refusal === 'fork' || (high ?? 0) > written) return 'story'
  if (refusal === 'no_room') return 'room'
  return refusal === null || refusal === 'gone' ? null : 'other'
}

/** One line for each till, over all its epochs. */
function keptViews({ mirrors, relay, neighbours }: Seen, roster: Pick<Roster, 'find'>): KeptView[] {
  const lines = new Map<string, KeptView>()
  for (const stream of mirrors.held()) {
    const { device, first, high } = stream
    const till = roster.find(device)?.till ?? null
    const line = lines.get(device) ?? { device, till, entries: 0, unsent: 0 }
    const unsent = neighbours.present().includes(device) ? null : relay.unsent(stream)
    lines.set(device, {
      ...line,
      entries: line.entries + high - first + 1,
      unsent: unsent === null || line.unsent === null ? null : line.unsent + unsent,
    })
  }
  return [...lines.values()]
}

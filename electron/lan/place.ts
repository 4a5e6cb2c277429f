/** Where a neighbour may be listening. `device`: who is said to be there; what counts is the key that it proves. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly device: string | null
}

/** "192.168.0.7", "till-2.local:47602", "[fe80::1]:47602" → a place; undefined where it is none. */
export function placeOf(address: string, defaultPort: number): Place | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:[\]/]+))(?::(\d{1,5}))?$/.exec(address.trim())
  if (match === null) return undefined
  const port = match[3] === undefined ? defaultPort : Number(match[3])
  return port >= 1 && port <= 65_535 ? { host: (match[1] ?? match[2])!, port, device: null } : undefined
}

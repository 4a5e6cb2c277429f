import { inflateSync, strFromU8 } from 'fflate'

/** Grows to hold the largest page met; a buffer that grows anew with each page takes longer than the unpacking. */
let room = new Uint8Array(512 * 1024)
const ROOM_BYTES_MAX = 16 * 1024 * 1024

/** The text of a packed page. */
export function unpackedText(data: Uint8Array): string {
  while (room.length <= ROOM_BYTES_MAX) {
    const bytes = intoRoom(data)
    if (bytes !== undefined) return strFromU8(bytes)
    room = new Uint8Array(room.length * 2)
  }
  return strFromU8(inflateSync(data))
}

/** Undefined where it does not fit. */
function intoRoom(data: Uint8Array): Uint8Array | undefined {
  try {
    const bytes = inflateSync(data, { out: room })
    return bytes.length < room.length ? bytes : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

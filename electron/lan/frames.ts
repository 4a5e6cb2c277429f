import { FRAME_BYTES_MAX, type LanFrame, lanFrame } from '../../shared/lan/protocol.ts'

/** Frames of the local network, to bytes and back. A reader is fed whatever pieces the socket brings. */
const LENGTH_BYTES = 4

export class BadFrame extends Error {
  override readonly name = 'BadFrame'
}

export function frameBytes(frame: LanFrame): Buffer {
  const text = Buffer.from(JSON.stringify(frame))
  if (text.length > FRAME_BYTES_MAX) throw new BadFrame(`a frame of ${text.length} bytes is too long`)
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(text.length)
  return Buffer.concat([length, text])
}

/** Throws BadFrame at a length beyond the bound, before anything of it is kept, and at a text that is no frame. */
export function frameReader(onFrame: (frame: LanFrame) => void): (bytes: Buffer) => void {
  let pieces: Buffer[] = []
  let have = 0
  let need = LENGTH_BYTES
  let inText = false

  function taken(): Buffer {
    const all = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
    const [one, rest] = [all.subarray(0, need), all.subarray(need)]
    pieces = rest.length === 0 ? [] : [rest]
    have = rest.length
    return one
  }

  return (bytes) => {
    pieces.push(bytes)
    have += bytes.length
    while (have >= need) {
      const one = taken()
      if (inText) onFrame(frameOf(one))
      else if (one.readUInt32BE() > FRAME_BYTES_MAX) throw new BadFrame('a frame is longer than is allowed')
      need = inText ? LENGTH_BYTES : one.readUInt32BE()
      inText = !inText
    }
  }
}

function frameOf(text: Buffer): LanFrame {
  let json: unknown
  try {
    json = JSON.parse(text.toString())
  } catch {
    throw new BadFrame('a frame is no JSON')
  }
  const parsed = lanFrame.safeParse(json)
  if (!parsed.success) throw new BadFrame('a frame is not of our protocol')
  return parsed.data
}

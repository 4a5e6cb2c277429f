import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A line of so many bits a second in each direction, shared by all connections through it: a proxy on the loopback that
 * passes bytes on no faster. It adds no delay of its own, which a real line would, and counts what went through.
 */
export interface Line {
  readonly address: string
  readonly bytes: { up: number; down: number }
  close(): Promise<void>
}

const SLICE_BYTES = 16_384

export async function throttledLine(target: string, bitsPerSecond: number): Promise<Line> {
  const { hostname, port } = new URL(target)
  const bytes = { up: 0, down: 0 }
  const [up, down] = [pace(bitsPerSecond), pace(bitsPerSecond)]
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) {
      open.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {
        near.destroy()
        far.destroy()
      })
      socket.on('close', () => open.delete(socket))
    }
    void pass(near, far, up, (count) => (bytes.up += count))
    void pass(far, near, down, (count) => (bytes.down += count))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function pass(from: Socket, to: Socket, turn: (bytes: number) => Promise<void>, count: (bytes: number) => void) {
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
        const slice = chunk.subarray(at, at + SLICE_BYTES)
        await turn(slice.length)
        count(slice.length)
        to.write(slice)
      }
    }
    to.end()
  } catch {
    to.destroy()
  }
}

/** When the next bytes have passed: one after the other, as on a wire. */
function pace(bitsPerSecond: number): (bytes: number) => Promise<void> {
  let free = 0
  return async (bytes) => {
    const now = performance.now()
    free = Math.max(free, now) + (bytes * 8 * 1000) / bitsPerSecond
    if (free - now > 1) await sleep(free - now)
  }
}

import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import type { AddressInfo, Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'

/**
 * A mail server outside of everything that is killed, which does what mail servers do: takes a letter, refuses it for now,
 * hangs, or takes it and breaks off before it has said so. What it has taken it writes to a file of its own.
 */
export interface MailServer {
  readonly url: string
  /** Letters taken, by whom they are for. */
  readonly taken: ReadonlyMap<string, readonly string[]>
  readonly count: { taken: number; later: number; hung: number; droppedAfter: number; droppedBefore: number }
  close(): Promise<void>
}

export interface Moods {
  /** Shares of letters, below 1 together. */
  readonly later: number
  readonly hang: number
  readonly dropAfter: number
  readonly dropBefore: number
}

export async function mailServer(file: string, moods: Moods, chance: () => number): Promise<MailServer> {
  const handle = openSync(file, 'a')
  const taken = new Map<string, string[]>()
  const count = { taken: 0, later: 0, hung: 0, droppedAfter: 0, droppedBefore: 0 }
  const sockets = new Set<Socket>()
  const drop = (port: number) => {
    for (const socket of sockets) if (socket.remotePort === port) socket.destroy()
  }
  const moodOf = (): keyof Moods | 'take' => {
    let left = chance()
    for (const mood of ['later', 'hang', 'dropAfter', 'dropBefore'] as const) {
      left -= moods[mood]
      if (left < 0) return mood
    }
    return 'take'
  }
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 100,
    onRcptTo(_, session, done) {
      const mood = moodOf()
      if (mood === 'later') {
        count.later += 1
        return done(Object.assign(new Error('not now'), { responseCode: 451 }))
      }
      if (mood === 'hang') {
        count.hung += 1
        return // and says nothing
      }
      Object.assign(session, { mood })
      done()
    },
    onData(stream, session, done) {
      let letter = ''
      stream.on('data', (part) => {
        letter += part
      })
      stream.on('end', () => {
        const { mood } = session as { mood?: keyof Moods | 'take' }
        if (mood === 'dropBefore') {
          count.droppedBefore += 1
          return drop(session.remotePort)
        }
        const to = session.envelope.rcptTo[0]!.address
        const id = /^Message-ID: *<(.+?)>/im.exec(letter)?.[1] ?? ''
        writeSync(handle, `${to} ${id}\n`)
        taken.set(to, [...(taken.get(to) ?? []), id])
        count.taken += 1
        if (count.taken % 500 === 0) fsyncSync(handle)
        if (mood === 'dropAfter') {
          count.droppedAfter += 1
          return drop(session.remotePort)
        }
        done()
      })
    },
  })
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('error', () => undefined) // whoever is killed hangs up
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    taken,
    count,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => {
          closeSync(handle)
          resolve()
        })
      }),
  }
}

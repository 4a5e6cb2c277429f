import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { DeviceStatus, Settings } from '../../shared/desktop-api.ts'
import { writeAtomically } from '../atomic-file.ts'
import type { Log } from '../log.ts'
import type { Secrets } from '../secrets.ts'
import type { Switchboard } from '../switchboard.ts'
import { posApp } from './app.ts'
import { createEventStream } from './event-stream.ts'
import { newToken, posTokens } from './tokens.ts'

/** The POS API's life: listens where the settings say, tells where in a file, and tries again where the port is taken. */
export interface PosApi {
  /** "http://127.0.0.1:47601/v1", also while the port is taken by another program. */
  readonly address: () => string
  /** What keeps it from listening; null when it listens. */
  readonly trouble: () => DeviceStatus | null
  /** Good for this run of the app only. */
  readonly runToken: string
  readonly newToken: () => { readonly address: string; readonly token: string }
  /** The settings changed. */
  readonly refresh: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface PosApiOptions {
  readonly profile: string
  readonly environment: { readonly posPort: number | null; readonly posToken: string | null }
  readonly settings: () => Settings
  readonly secrets: Secrets
  readonly switchboard: Pick<Switchboard, 'call' | 'onEvent'>
  readonly version: string
  /** It began or ceased to listen. */
  readonly onChange: () => void
  readonly log: Log
}

const TRY_AGAIN_MS = 5_000
/** Far more than registers need: one that leaks them must not leave the journal without a file to write to. */
export const CONNECTIONS_MAX = 256

export async function startPosApi(options: PosApiOptions): Promise<PosApi> {
  const { environment, settings, log } = options
  const runToken = environment.posToken ?? newToken()
  const tokens = posTokens(options.secrets, runToken)
  const events = createEventStream()
  const stopListening = options.switchboard.onEvent(events.take)
  const discovery = join(options.profile, 'pos-api.json')
  let app: FastifyInstance | null = null
  let port = wantedPort()
  let wanted = port
  let trouble: string | null = null
  let timer: NodeJS.Timeout | undefined

  function wantedPort(): number {
    return environment.posPort ?? settings().posApi.port
  }

  async function listen(): Promise<void> {
    wanted = wantedPort()
    port = wanted
    const opened = await posApp({
      call: options.switchboard.call,
      events,
      port: () => port,
      allowedOrigins: () => settings().posApi.allowedOrigins,
      accepts: tokens.accepts,
      version: options.version,
      log,
    })
    try {
      opened.server.maxConnections = CONNECTIONS_MAX
      await opened.listen({ host: '127.0.0.1', port: wanted })
      port = (opened.server.address() as { port: number }).port
      app = opened
      trouble = null
      log('info', 'the POS API listens', { address: address() })
    } catch (error) {
      await opened.close()
      trouble = sentenceFor(error as NodeJS.ErrnoException, wanted)
      log('error', 'the POS API cannot listen; the till works on without it', { port: wanted, trouble })
      timer = setTimeout(() => void listen(), TRY_AGAIN_MS)
    }
    tell()
    options.onChange()
  }

  function tell(): void {
    const facts = {
      address: trouble === null ? address() : null,
      port,
      trouble,
      pid: process.pid,
      version: options.version,
    }
    try {
      writeAtomically(discovery, `${JSON.stringify(facts, null, 2)}\n`)
    } catch (error) {
      log('warn', 'the file that tells where the POS API is could not be written', { error: String(error) })
    }
  }

  async function stop(): Promise<void> {
    clearTimeout(timer)
    await app?.close()
    app = null
  }

  const address = () => `http://127.0.0.1:${port}/v1`
  await listen()
  return {
    address,
    trouble: () =>
      trouble === null
        ? null
        : { kind: 'pos-api', name: `127.0.0.1:${port}`, state: 'busy', message: trouble, lastScanAt: null },
    runToken,
    newToken: () => ({ address: address(), token: tokens.mint() }),
    refresh: async () => {
      if (wantedPort() === wanted) return
      await stop()
      await listen()
    },
    close: async () => {
      stopListening()
      events.close()
      await stop()
      rmSync(discovery, { force: true })
    },
  }
}

function sentenceFor(error: NodeJS.ErrnoException, port: number): string {
  if (error.code === 'EADDRINUSE') return `Port ${port} is taken by another program. Close it, or choose another port.`
  if (error.code === 'EACCES') return `This user may not listen on port ${port}. Choose one above 1023.`
  return `Port ${port}: ${error.message}`
}

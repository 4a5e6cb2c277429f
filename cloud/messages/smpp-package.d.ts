/** What we use of the `smpp` package, which comes without types. */
declare module 'smpp' {
  import type { EventEmitter } from 'node:events'
  import type { Server } from 'node:net'

  export interface Pdu {
    readonly command: string
    readonly command_status: number
    readonly [field: string]: unknown
    response(fields?: Readonly<Record<string, unknown>>): Pdu
  }

  export interface Session extends EventEmitter {
    /** False: the socket cannot be written to any more. */
    bind_transceiver(fields: Readonly<Record<string, unknown>>, answered: (pdu: Pdu) => void): boolean
    submit_sm(fields: Readonly<Record<string, unknown>>, answered: (pdu: Pdu) => void): boolean
    send(pdu: Pdu): boolean
    destroy(): void
  }

  const smpp: {
    connect(options: { readonly host: string; readonly port: number; readonly tls: boolean }): Session
    createServer(listener: (session: Session) => void): Server
  }
  export default smpp
}

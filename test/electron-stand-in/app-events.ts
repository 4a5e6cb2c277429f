import { EventEmitter } from 'node:events'

/** Events of `app`; windows announce their contents here too. */
export const appEvents = new EventEmitter()

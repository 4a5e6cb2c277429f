import type { Clock } from './ports.ts'

/**
 * A browser engine's database may stop answering under a core that lives on: a transaction that neither ends nor fails
 * holds up every one behind it. The core still says its state, and nothing is booked any more. Here it is noticed that a
 * call has not been answered for a minute, or an opening for ten. Looks are counted, not time: a computer that slept has hung nowhere.
 */
export interface StoreWatch {
  /** The same store; calls of these names are looked after, of all where none are named. */
  readonly over: <S extends object>(store: S, names?: readonly (keyof S)[]) => S
  /** A store that is being opened: it may build its indexes anew over everything that is in it, which takes minutes. */
  readonly opening: <S>(name: string, opened: Promise<S>) => Promise<S>
}

const LOOK_EVERY_MS = 15_000
const LOOKS = 4
const LOOKS_AT_OPENING = 40

export function watchStores(clock: Pick<Clock, 'after'>, onHung: (call: string) => void): StoreWatch {
  const pending = new Map<{ readonly name: string; readonly most: number }, number>()
  clock.after(LOOK_EVERY_MS, look)

  function look(): void {
    clock.after(LOOK_EVERY_MS, look)
    for (const [call, looks] of pending) {
      pending.set(call, looks + 1)
      if (looks + 1 === call.most) onHung(call.name)
    }
  }

  function watched<T>(name: string, answer: T, most = LOOKS): T {
    if (!(answer instanceof Promise)) return answer
    const call = { name, most }
    const isOver = () => pending.delete(call)
    pending.set(call, 0)
    answer.then(isOver, isOver)
    return answer
  }

  return {
    opening: (name, opened) => watched(name, opened, LOOKS_AT_OPENING),
    over: (store, names) =>
      new Proxy(store, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name)
          const isMeant = names === undefined || names.some((each) => each === name)
          if (typeof value !== 'function' || !isMeant) return value
          return (...params: unknown[]) => watched(String(name), value.apply(target, params))
        },
      }),
  }
}

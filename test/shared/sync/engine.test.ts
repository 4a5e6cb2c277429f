import { fc, test as prop } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import {
  ASLEEP,
  BACKOFF_MS_MAX,
  backOffMs,
  type Effect,
  type EngineEvent,
  type EngineState,
  POLL_MS,
  step,
} from '../../../shared/sync/engine.ts'

function play(events: readonly EngineEvent[], from: EngineState = ASLEEP): readonly [EngineState, readonly Effect[]] {
  return events.reduce<readonly [EngineState, readonly Effect[]]>(([state], event) => step(state, event), [from, []])
}

const failed = (answered = false, code = 'unreachable'): EngineEvent => ({
  type: 'failed',
  answered,
  code,
  retryAfterMs: null,
  chance: 0.5,
})

test('a session comes first, then what is unsent, then what is new, then rest', () => {
  let [state, effects] = step(ASLEEP, { type: 'started', head: 3, high: 1 })
  expect(effects).toEqual([{ do: 'session' }])
  ;[state, effects] = step(state, { type: 'opened' })
  expect(effects).toEqual([{ do: 'push', from: 2 }])
  ;[state, effects] = step(state, { type: 'pushed', high: 3 })
  expect(effects).toEqual([{ do: 'pull' }])
  ;[state, effects] = step(state, { type: 'pulled', more: true })
  expect(effects).toEqual([{ do: 'pull' }])
  ;[state, effects] = step(state, { type: 'pulled', more: false })
  expect(effects).toEqual([{ do: 'wake', afterMs: 2000 }])
  expect(state.online).toBe(true)
})

test('a sale goes out at once, also while a back-off is running', () => {
  const [resting] = play([{ type: 'started', head: 1, high: 1 }, failed(), { type: 'woken' }, failed()])
  expect(resting).toMatchObject({ resting: true, failures: 2, online: false })
  const [state, effects] = step(resting, { type: 'appended', head: 2 })
  expect(effects).toEqual([{ do: 'session' }])
  expect(state.failures).toBe(0)
})

test('[S32] a gap sends again from where the cloud stands', () => {
  const [open] = play([{ type: 'started', head: 9, high: 5 }, { type: 'opened' }])
  const [, effects] = step(open, { type: 'rewound', high: 2 })
  expect(effects).toEqual([
    { do: 'rewind', high: 2 },
    { do: 'push', from: 3 },
  ])
})

test('[S9] a fork stops pushing, is named, and asks for a new epoch; until it is granted pulling goes on', () => {
  const [forked, effects] = play([{ type: 'started', head: 9, high: 5 }, { type: 'opened' }, { type: 'forked' }])
  expect(forked.problem).toBe('fork')
  expect(effects).toEqual([{ do: 'epoch' }])
  const [refused, rest] = step(forked, failed(true, 'not_found'))
  expect(rest).toMatchObject([{ do: 'wake' }])
  const [pulling, next] = step(refused, { type: 'woken' })
  expect(next).toEqual([{ do: 'pull' }])
  expect(step(pulling, { type: 'pulled', more: false })[1]).toEqual([{ do: 'epoch' }])
  expect(step(pulling, { type: 'pulled', more: false })[0].problem).toBe('fork')
})

test('[S14] where it is too soon for another epoch everything else goes on until it is asked for again', () => {
  const [forked] = play([{ type: 'started', head: 9, high: 9 }, { type: 'opened' }, { type: 'forked' }])
  const [waiting, rest] = step(forked, { type: 'postponed' })
  expect([waiting.busy, waiting.online, rest]).toEqual([null, true, [{ do: 'wake', afterMs: POLL_MS }]])
  const [pulling, next] = step(waiting, { type: 'woken' })
  expect(next).toEqual([{ do: 'pull' }])
  expect(step(pulling, { type: 'pulled', more: false })[1]).toEqual([{ do: 'epoch' }])
})

test('[S9] a fork that a session finds does not open session after session', () => {
  const [state, effects] = play([{ type: 'started', head: 9, high: 5 }, { type: 'forked' }])
  expect(effects).toEqual([{ do: 'epoch' }])
  expect(state.session).toBe(true)
})

test('[S9] a fork seen beside a job waits for the job', () => {
  const [open] = play([{ type: 'started', head: 9, high: 5 }, { type: 'opened' }])
  const [seen, effects] = step(open, { type: 'forked', job: false })
  expect([seen.busy, seen.forked, effects]).toEqual(['push', true, []])
  expect(step(seen, { type: 'pushed', high: 9 })[1]).toEqual([{ do: 'epoch' }])
})

test('a session that ran out is opened again at once, the first time', () => {
  const [open] = play([{ type: 'started', head: 1, high: 1 }, { type: 'opened' }])
  const [again, effects] = step(open, failed(true, 'session_expired'))
  expect(effects).toEqual([{ do: 'session' }])
  expect(again.online).toBe(true)
  expect(step(again, failed(true, 'session_expired'))[1]).toMatchObject([{ do: 'wake' }])
})

test('the wait after a failure is anything up to a bound that doubles to a minute', () => {
  expect([1, 2, 3, 10, 60].map((failures) => backOffMs(failures, 0.999))).toEqual([999, 1998, 3996, 59940, 59940])
  expect(backOffMs(60, 1)).toBeLessThanOrEqual(BACKOFF_MS_MAX)
})

const event: fc.Arbitrary<EngineEvent> = fc.oneof(
  fc.record({ type: fc.constant('appended' as const), head: fc.integer({ min: 1, max: 50 }) }),
  fc.constantFrom<EngineEvent>({ type: 'woken' }, { type: 'hurry' }, { type: 'slow' }, { type: 'stuck' }),
)
const outcome = fc.constantFrom('good', 'lost', 'refused', 'expired', 'gap', 'fork')

prop.prop([fc.array(fc.tuple(fc.array(event, { maxLength: 2 }), outcome), { maxLength: 60 })])(
  'whatever happens there is always a way on: a job runs, or a timer will wake the engine',
  (history) => {
    let [state, effects] = step(ASLEEP, { type: 'started', head: 0, high: 0 })
    let timer = false
    const note = (next: readonly Effect[]) => {
      for (const effect of next) if (effect.do === 'wake') timer = true
      expect(next.filter((effect) => effect.do !== 'wake' && effect.do !== 'rewind').length).toBeLessThanOrEqual(1)
    }
    const tell = (told: EngineEvent) => {
      const started = state.busy
      ;[state, effects] = step(state, told)
      if (started !== null && state.busy === started) {
        // Nothing may start beside a job that runs.
        if (told.type === 'appended' || told.type === 'woken' || told.type === 'hurry' || told.type === 'slow') {
          expect(effects.filter((effect) => effect.do !== 'wake')).toEqual([])
        }
      }
      note(effects)
    }
    note(effects)
    let head = 0
    for (const [events, how] of history) {
      for (const each of events) {
        if (each.type === 'appended') head += 1
        tell(each.type === 'appended' ? { type: 'appended', head } : each)
      }
      expect(state.busy !== null || timer).toBe(true)
      if (state.busy === null) continue
      if (how === 'lost') tell(failed())
      else if (how === 'refused') tell(failed(true, 'overloaded'))
      else if (how === 'expired') tell(failed(true, 'session_expired'))
      else if (state.busy === 'session') tell({ type: 'opened' })
      else if (state.busy === 'pull') tell({ type: 'pulled', more: false })
      else if (state.busy === 'epoch') tell(failed(true, 'epoch_taken'))
      else if (how === 'gap') tell({ type: 'rewound', high: Math.floor(state.high / 2) })
      else if (how === 'fork') tell({ type: 'forked' })
      else tell({ type: 'pushed', high: state.head })
      expect(state.busy !== null || timer).toBe(true)
    }
  },
)

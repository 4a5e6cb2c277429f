import { useEffect, useRef, useState } from 'react'
import type { OneCampaign } from '../../../shared/campaigns/ask.ts'
import { type CampaignTest, isUnderWay, TEST_MEMBERS_MAX } from '../../../shared/campaigns/test-list.ts'
import { type TestWords, useTestWords } from '../../words/campaign-test.ts'
import { letterOf, useVariantWords } from '../../words/campaign-variants.ts'
import { touchWord, useCampaignWords } from '../../words/campaigns.ts'
import type { Complaint } from './draft.ts'
import { Field } from './field.tsx'
import { type Answered, askCampaigns, problemOf, type ReplyOf } from './use-campaigns.ts'

const LOOK_AGAIN_MS = 1_500

interface Press {
  readonly to: readonly string[]
  readonly key: string
}

/** The campaign's messages on a short list, at once. Rules K95 to K97. */
export function TestPart({ pin, one }: { readonly pin: string; readonly one: OneCampaign }) {
  const words = useTestWords()
  const campaigns = useCampaignWords()
  const [typed, setTyped] = useState('')
  const [isTried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [shown, setShown] = useState<{ readonly press: Press; readonly test: CampaignTest } | null>(null)
  // a press whose answer never came is the same press when it is tried again
  const unanswered = useRef<Press | null>(null)
  const to = typed.split(/[,;\n]/).flatMap((each) => (each.trim() === '' ? [] : [each.trim()]))
  const wrong = to.length === 0 ? words.none : to.length > TEST_MEMBERS_MAX ? words.tooMany(TEST_MEMBERS_MAX) : null
  const complaints = new Map<string, Complaint>(
    wrong !== null && (isTried || to.length > 0) ? [['test-list', { code: 'other', said: wrong }]] : [],
  )
  useEffect(() => {
    if (shown === null || !isUnderWay(shown.test)) return
    let isLate = false
    const timer = setTimeout(async () => {
      const answer = await askCampaigns(pin, { ask: 'tested', key: shown.press.key }, 'test')
      if (isLate) return
      // without an answer it is looked at again all the same
      setShown({ press: shown.press, test: answer.state === 'ready' ? answer.report : { ...shown.test } })
    }, LOOK_AGAIN_MS)
    return () => {
      isLate = true
      clearTimeout(timer)
    }
  }, [pin, shown])
  const send = async () => {
    setTried(true)
    if (wrong !== null) return
    const before = unanswered.current
    const isSame = before !== null && before.to.join('\n') === to.join('\n')
    const press = isSame ? before : { to, key: crypto.randomUUID() }
    unanswered.current = press
    setBusy(true)
    setProblem(null)
    const { campaign } = one
    const answer = await askCampaigns(pin, { ask: 'test', campaign, to: [...press.to], key: press.key }, 'test')
    setBusy(false)
    if (answer.state !== 'unreachable') unanswered.current = null
    if (answer.state === 'ready') setShown({ press, test: answer.report })
    else setProblem(saidOf(words, answer) ?? problemOf(campaigns, answer))
  }
  return (
    <section className="sheet report builder" data-testid="campaign-test">
      <h2>{words.title}</h2>
      <p className="soft">{words.note}</p>
      <Field
        isLong
        name="test-list"
        label={words.list}
        note={words.listNote(TEST_MEMBERS_MAX)}
        value={typed}
        onChange={setTyped}
        complaints={complaints}
      />
      <div className="acts">
        <button type="button" className="btn" data-testid="test-send" disabled={busy} onClick={() => void send()}>
          {busy ? words.sending : words.send}
        </button>
      </div>
      {problem !== null && (
        <p role="alert" className="bad" data-testid="test-problem">
          {problem}
        </p>
      )}
      {shown !== null && <Outcome one={one} to={shown.press.to} test={shown.test} />}
    </section>
  )
}

function saidOf(words: TestWords, answer: Answered<ReplyOf<'test'>>): string | null {
  if (answer.state !== 'failed') return null
  if (answer.code === 'no_gateway') return words.noGateway
  return answer.code === 'idempotency_key_reused' ? words.reused : null
}

/** What became of each message, beside what was typed. */
function Outcome({
  one,
  to,
  test,
}: {
  readonly one: OneCampaign
  readonly to: readonly string[]
  readonly test: CampaignTest
}) {
  const words = useTestWords()
  const variants = useVariantWords()
  const campaigns = useCampaignWords()
  const touches = (one.document.touches ?? []) as readonly { readonly id: string; readonly do: string }[]
  const nameOf = (id: string, variant: string | null) => {
    const place = touches.findIndex((touch) => touch.id === id)
    const kind = `${place + 1}. ${touchWord(campaigns, touches[place]?.do ?? id)}`
    return variant === null ? kind : `${kind}, ${variants.variant(letterOf(variant))}`
  }
  const troubles: Readonly<Record<string, string>> = words.trouble
  return (
    <div role="status" data-testid="test-outcome" data-state={isUnderWay(test) ? 'waiting' : 'done'}>
      <ul className="own">
        {test.list.map(({ found, messages }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the place in the list is what an entry is named by
          <li key={place} data-testid={`test-${place}`}>
            <strong>{to[place]}</strong>
            {found !== 'found' && <p className="bad">{words.found[found]}</p>}
            {found === 'found' && messages.length === 0 && <p className="soft">{words.noWords}</p>}
            {messages.map(({ touch, variant, state, trouble }) => (
              <p key={`${touch} ${variant}`} data-state={state}>
                {nameOf(touch, variant)}:{' '}
                <span className={state === 'sent' ? undefined : state === 'failed' ? 'bad' : 'soft'}>
                  {words.state[state]}
                  {trouble !== null && state !== 'sent' && ` (${troubles[trouble] ?? trouble})`}
                </span>
              </p>
            ))}
          </li>
        ))}
      </ul>
    </div>
  )
}

import { fillText, type TextFacts } from '../../../shared/campaigns/text.ts'
import { plusDays } from '../../../shared/ledger/rules.ts'
import { dayIn, useFormat } from '../../components/format.ts'
import { useTill } from '../../components/till-store.ts'
import { useMoreWords } from '../../words/campaign-more.ts'
import { letterOf, useVariantWords } from '../../words/campaign-variants.ts'
import { type CampaignWords, startWord, touchWord, useCampaignWords } from '../../words/campaigns.ts'
import { useFigures } from '../customers/parts.tsx'
import { useNamedSegments } from './segments-field.tsx'

/** What of a document any till can read, whatever a newer cloud has put beside it. */
interface Loose {
  readonly audience?: {
    readonly purchases?: { readonly from?: number; readonly to?: number }
    readonly cardTypes?: readonly string[]
    readonly exceptCardTypes?: readonly string[]
    readonly segments?: readonly string[]
    readonly exceptSegments?: readonly string[]
  }
  readonly start?: { readonly kind?: string; readonly days?: number }
  readonly touches?: readonly LooseTouch[]
  readonly variants?: readonly LooseVariant[]
  readonly controlPercent?: string
}

interface LooseTouch {
  readonly id: string
  readonly do: string
  readonly afterDays?: number
  readonly points?: string
  readonly lifeDays?: number
  readonly text?: { readonly ru: string; readonly en: string }
}

interface LooseVariant {
  readonly key: string
  readonly share: string
  readonly touches?: Readonly<Record<string, Partial<LooseTouch>>>
}

/** The chain in words; kinds that this till does not know yet by their own names. */
export function ChainShown({
  pin,
  document,
}: {
  readonly pin: string
  readonly document: Readonly<Record<string, unknown>>
}) {
  const words = useCampaignWords()
  const figures = useFigures()
  const { audience, start, touches = [], variants = [], controlPercent } = document as Loose
  const { purchases, cardTypes, exceptCardTypes } = audience ?? {}
  const whom = [
    ...(purchases?.from === undefined ? [] : [words.chain.purchases(purchases.from, purchases.to)]),
    ...(cardTypes === undefined ? [] : [words.chain.cardTypes(cardTypes.join(', '))]),
    ...(exceptCardTypes === undefined ? [] : [words.chain.exceptCardTypes(exceptCardTypes.join(', '))]),
  ]
  return (
    <section className="sheet report" data-testid="chain-shown">
      <h2>{words.chain.title}</h2>
      <p>
        {[
          ...whom,
          start?.kind === 'daysWithoutPurchase'
            ? words.chain.start(figures.days(start.days ?? 0))
            : words.chain.unknownStart(
                [
                  startWord(words, String(start?.kind ?? '?')),
                  ...(start?.days === undefined ? [] : [figures.days(start.days)]),
                ].join(', '),
              ),
          ...(controlPercent === undefined ? [] : [words.chain.control(controlPercent)]),
        ].join(' · ')}
      </p>
      {(audience?.segments ?? audience?.exceptSegments) !== undefined && <SegmentsShown pin={pin} {...audience} />}
      <ol className="chain">
        {touches.map((touch) => (
          <TouchShown key={touch.id} touch={touch} />
        ))}
      </ol>
      {variants.map((variant) => (
        <VariantShown key={variant.key} variant={variant} touches={touches} />
      ))}
    </section>
  )
}

/** The segments of an audience by their names. */
function SegmentsShown({
  pin,
  segments = [],
  exceptSegments = [],
}: { readonly pin: string } & Pick<NonNullable<Loose['audience']>, 'segments' | 'exceptSegments'>) {
  const words = useMoreWords().segments
  const { nameOf } = useNamedSegments(pin)
  const said = [
    ...(segments.length === 0 ? [] : [words.shown(segments.map(nameOf).join(', '))]),
    ...(exceptSegments.length === 0 ? [] : [words.shownExcept(exceptSegments.map(nameOf).join(', '))]),
  ]
  return <p data-testid="segments-shown">{said.join(' · ')}</p>
}

/** What a variant makes otherwise, touch by touch. */
function VariantShown({
  variant: { key, share, touches: changes = {} },
  touches,
}: {
  readonly variant: LooseVariant
  readonly touches: readonly LooseTouch[]
}) {
  const words = useVariantWords()
  const changed = touches.filter(({ id }) => Object.keys(changes[id] ?? {}).length > 0)
  return (
    <div data-testid={`variant-shown-${key}`}>
      <h3>{words.shown(letterOf(key), share)}</h3>
      {changed.length === 0 && <p className="soft">{words.shownSame}</p>}
      {changed.length > 0 && (
        <ul className="chain">
          {changed.map((touch) => (
            <TouchShown key={touch.id} touch={{ ...touch, ...changes[touch.id] }} />
          ))}
        </ul>
      )}
    </div>
  )
}

function TouchShown({ touch }: { readonly touch: LooseTouch }) {
  const words = useCampaignWords()
  const figures = useFigures()
  const format = useFormat()
  const { afterDays = 0, points, lifeDays } = touch
  const said = useSaid(touch)
  return (
    <li>
      <strong>{touchWord(words, touch.do)}</strong>
      {points !== undefined && ` ${format.points(points)}`}
      {lifeDays !== undefined && ` ${words.chain.life(figures.days(lifeDays))}`}
      <span className="soft">
        {' · '}
        {afterDays === 0 ? words.chain.atOnce : words.chain.at(figures.days(afterDays))}
      </span>
      {said !== null && <q>{said}</q>}
    </li>
  )
}

/** The text as a member would read it who was touched today. */
function useSaid({ text, points, lifeDays }: LooseTouch): string | null {
  const words = useCampaignWords()
  const timeZone = useTill((till) => till.state?.programme?.timeZone)
  const said = text?.[words.language]
  if (typeof said !== 'string') return null
  return fillText(said, sampleOf(words, dayIn(timeZone, new Date()), { points, lifeDays }), words.language)
}

/** An example of a member, and of what a touch of this day would give. */
export function sampleOf(
  words: CampaignWords,
  today: string,
  { points, lifeDays }: { readonly points?: string | undefined; readonly lifeDays?: number | undefined },
): TextFacts {
  return {
    name: words.sampleName,
    ...(points === undefined ? {} : { points }),
    ...(lifeDays === undefined ? {} : { lastDay: plusDays(today, lifeDays) }),
  }
}

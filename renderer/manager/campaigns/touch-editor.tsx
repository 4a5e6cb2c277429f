import { fillText } from '../../../shared/campaigns/text.ts'
import { dayIn } from '../../components/format.ts'
import { useTill } from '../../components/till-store.ts'
import { useDraftWords } from '../../words/campaign-draft.ts'
import { touchWord, useCampaignWords } from '../../words/campaigns.ts'
import { sampleOf } from './chain-shown.tsx'
import { type DraftTouch, TOUCH_FIELDS, type TouchField } from './draft.ts'
import { type Complaints, Field } from './field.tsx'

/** One touch of a chain while it is written. */
export function TouchEditor({
  touch,
  place,
  count,
  complaints,
  onChange,
  onMove,
  onRemove,
}: {
  readonly touch: DraftTouch
  readonly place: number
  readonly count: number
  readonly complaints: Complaints
  readonly onChange: (touch: DraftTouch) => void
  readonly onMove: (by: -1 | 1) => void
  readonly onRemove: () => void
}) {
  const words = useDraftWords()
  const campaigns = useCampaignWords()
  const at = `touches.${place}`
  const set = (change: Partial<DraftTouch>) => onChange({ ...touch, ...change })
  const title = `${place + 1}. ${touchWord(campaigns, touch.kind)}`
  return (
    <fieldset className="touch" aria-label={title} data-testid={`touch-${place}`} data-kind={touch.kind}>
      <div className="between">
        <h3>{title}</h3>
        <span className="moves">
          {place > 0 && (
            <button
              type="button"
              className="btn bare"
              aria-label={words.earlier}
              title={words.earlier}
              onClick={() => onMove(-1)}
            >
              ↑
            </button>
          )}
          {place < count - 1 && (
            <button
              type="button"
              className="btn bare"
              aria-label={words.later}
              title={words.later}
              onClick={() => onMove(1)}
            >
              ↓
            </button>
          )}
          <button
            type="button"
            className="btn bare"
            aria-label={`${words.remove}: ${title}`}
            title={words.remove}
            data-testid="touch-remove"
            onClick={onRemove}
          >
            ✕
          </button>
        </span>
      </div>
      <div className="together">
        {place === 0 ? (
          <p className="soft">{words.atOnce}</p>
        ) : (
          <Field
            isNumber
            name={`${at}.afterDays`}
            label={words.afterDays}
            value={touch.afterDays}
            onChange={(afterDays) => set({ afterDays })}
            complaints={complaints}
          />
        )}
        {(Object.keys(TOUCH_FIELDS[touch.kind] ?? {}) as TouchField[]).map((field) => (
          <Field
            key={field}
            isNumber={field !== 'coupon' && field !== 'survey'}
            name={`${at}.${field}`}
            label={words[field]}
            value={touch[field]}
            onChange={(typed) => set({ [field]: typed })}
            complaints={complaints}
          />
        ))}
      </div>
      {'text' in touch.base && (
        <>
          <TextField language="ru" at={at} touch={touch} complaints={complaints} onChange={(ru) => set({ ru })} />
          <TextField language="en" at={at} touch={touch} complaints={complaints} onChange={(en) => set({ en })} />
        </>
      )}
      {touch.kind === 'call' && <p className="soft">{words.callNote}</p>}
      {TOUCH_FIELDS[touch.kind] === undefined && <p className="soft">{words.otherTouch}</p>}
    </fieldset>
  )
}

const SAMPLE_LINK = 'https://…'

/** The text of one language, with what a member would read. */
export function TextField({
  language,
  at,
  touch,
  typed = touch[language],
  complaints,
  onChange,
}: {
  readonly language: 'ru' | 'en'
  readonly at: string
  readonly touch: DraftTouch
  /** In the place of the touch's own text; empty: that one holds. */
  readonly typed?: string
  readonly complaints: Complaints
  readonly onChange: (text: string) => void
}) {
  const words = useDraftWords()
  const campaigns = useCampaignWords()
  const programme = useTill((till) => till.state?.programme ?? null)
  const forms = programme?.names[language].join('|') ?? ''
  const fields = TOUCH_FIELDS[touch.kind] ?? {}
  const variables = {
    ...(touch.kind === 'gift' ? { points: `{points ${forms}}` } : {}),
    ...(touch.kind === 'percent' ? { percent: '{percent}' } : {}),
    ...('survey' in fields ? { surveyLink: '{surveyLink}' } : {}),
    ...('lifeDays' in fields ? { date: '{date}' } : {}),
    ...('coupon' in fields ? { coupon: '{coupon}', code: '{code}' } : {}),
    name: '{name}',
  }
  const lifeDays = /^\d{1,4}$/.test(touch.lifeDays) ? Number(touch.lifeDays) : undefined
  const points = /^\d{1,12}([.,]\d{1,2})?$/.test(touch.points) ? touch.points.replace(',', '.') : undefined
  const said =
    touch.kind === 'percent'
      ? { percent: touch.percent }
      : 'coupon' in fields
        ? { coupon: touch.coupon }
        : { surveyLink: SAMPLE_LINK }
  const today = dayIn(programme?.timeZone, new Date())
  const sample = { ...sampleOf(campaigns, today, { points, lifeDays }), ...said }
  return (
    <Field
      isLong
      name={`${at}.text.${language}`}
      label={language === 'ru' ? words.textRu : words.textEn}
      value={typed}
      placeholder={touch[language]}
      onChange={onChange}
      complaints={complaints}
    >
      <p className="acts">
        <span className="soft">{words.insert}</span>
        {Object.entries(variables).map(([variable, written]) => (
          <button
            key={variable}
            type="button"
            className="btn small"
            data-testid={`insert-${language}-${variable}`}
            onClick={() => onChange(`${typed}${typed === '' || typed.endsWith(' ') ? '' : ' '}${written}`)}
          >
            {words.variable[variable as keyof typeof words.variable]}
          </button>
        ))}
      </p>
      <p className="preview">
        <span className="soft">{words.preview}</span>{' '}
        <q lang={language} data-testid={`preview-${at}.${language}`}>
          {fillText(typed === '' ? touch[language] : typed, sample, language)}
        </q>
      </p>
    </Field>
  )
}

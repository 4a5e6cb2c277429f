import { useState } from 'react'
import { useDraftWords } from '../../words/campaign-draft.ts'
import { letterOf, useVariantWords } from '../../words/campaign-variants.ts'
import { touchWord, useCampaignWords } from '../../words/campaigns.ts'
import type { Draft, DraftTouch } from './draft.ts'
import {
  changeFields,
  type DraftChange,
  type DraftVariant,
  isChanged,
  mayHaveMore,
  NO_CHANGE,
  withOneMore,
  without,
} from './draft-variants.ts'
import { type Complaints, Field, wrongAt } from './field.tsx'
import { TextField } from './touch-editor.tsx'

/** Ways in which the chain is tried: for what share of the customers, and what each makes otherwise. Rules K90, K91. */
export function VariantsPart({
  draft: { variants, touches },
  complaints,
  onChange,
}: {
  readonly draft: Draft
  readonly complaints: Complaints
  readonly onChange: (variants: readonly DraftVariant[]) => void
}) {
  const words = useVariantWords()
  const draft = useDraftWords()
  const wrong = wrongAt(draft, complaints, 'variants')
  return (
    <section className="sheet report" data-testid="variants">
      <h3>{words.title}</h3>
      <p className="soft">{words.note}</p>
      {variants.map((variant, place) => (
        <VariantEditor
          key={variant.key}
          variant={variant}
          place={place}
          touches={touches}
          complaints={complaints}
          onChange={(changed) => onChange(variants.map((each) => (each.key === variant.key ? changed : each)))}
          onRemove={() => onChange(without(variants, variant.key))}
        />
      ))}
      {wrong !== null && (
        <p className="bad" data-testid="said-variants">
          {wrong}
        </p>
      )}
      <div className="acts">
        {mayHaveMore(variants) && (
          <button
            type="button"
            className="btn"
            data-testid="variant-more"
            onClick={() => onChange(withOneMore(variants))}
          >
            {variants.length === 0 ? words.begin : `+ ${words.more}`}
          </button>
        )}
        {variants.length > 0 && (
          <button type="button" className="btn bare" data-testid="variants-none" onClick={() => onChange([])}>
            {words.none}
          </button>
        )}
      </div>
    </section>
  )
}

function VariantEditor({
  variant,
  place,
  touches,
  complaints,
  onChange,
  onRemove,
}: {
  readonly variant: DraftVariant
  readonly place: number
  readonly touches: readonly DraftTouch[]
  readonly complaints: Complaints
  readonly onChange: (variant: DraftVariant) => void
  readonly onRemove: () => void
}) {
  const words = useVariantWords()
  const draft = useDraftWords()
  const at = `variants.${place}`
  const title = words.variant(letterOf(variant.key))
  const isPlain = place === 0 && !Object.values(variant.changes).some(isChanged)
  const wrong = wrongAt(draft, complaints, at)
  const changed = (id: string, change: DraftChange) =>
    onChange({ ...variant, changes: { ...variant.changes, [id]: change } })
  return (
    <fieldset className="touch" aria-label={title} data-testid={`variant-${variant.key}`}>
      <div className="between">
        <h4>{title}</h4>
        {place > 0 && (
          <button
            type="button"
            className="btn bare"
            aria-label={`${words.remove}: ${title}`}
            title={words.remove}
            data-testid="variant-remove"
            onClick={onRemove}
          >
            ✕
          </button>
        )}
      </div>
      <div className="together">
        <Field
          isNumber
          name={`${at}.share`}
          label={words.share}
          value={variant.share}
          onChange={(share) => onChange({ ...variant, share })}
          complaints={complaints}
        />
      </div>
      {isPlain ? (
        <p className="soft">{words.asWritten}</p>
      ) : (
        touches.map((touch, index) => {
          const id = String(touch.base.id)
          return (
            <ChangeEditor
              key={id}
              at={`${at}.touches.${id}`}
              touch={touch}
              place={index}
              change={variant.changes[id] ?? NO_CHANGE}
              complaints={complaints}
              onChange={(change) => changed(id, change)}
            />
          )
        })
      )}
      {wrong !== null && (
        <p className="bad" data-testid={`said-${at}`}>
          {wrong}
        </p>
      )}
    </fieldset>
  )
}

/** What a variant makes otherwise of one touch: folded away until somebody wants it. */
function ChangeEditor({
  at,
  touch,
  place,
  change,
  complaints,
  onChange,
}: {
  readonly at: string
  readonly touch: DraftTouch
  readonly place: number
  readonly change: DraftChange
  readonly complaints: Complaints
  readonly onChange: (change: DraftChange) => void
}) {
  const words = useVariantWords()
  const draft = useDraftWords()
  const campaigns = useCampaignWords()
  const [isOpen, setOpen] = useState(isChanged(change))
  const fields = changeFields(touch, place)
  const hasText = 'text' in touch.base
  if (fields.length === 0 && !hasText) return null
  const set = (typed: Partial<DraftChange>) => onChange({ ...change, ...typed })
  const said = Object.fromEntries(fields.map((field) => [field, change[field] === '' ? touch[field] : change[field]]))
  const shown = { ...touch, ...said }
  return (
    <details data-testid={`change-${at}`} open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        {words.touch(place + 1, touchWord(campaigns, touch.kind))}:{' '}
        <span className="soft">{isChanged(change) ? words.changed : words.same}</span>
      </summary>
      <div className="change">
        <p className="soft">{words.emptyNote}</p>
        <div className="together">
          {fields.map((field) => (
            <Field
              key={field}
              isNumber
              name={`${at}.${field}`}
              label={draft[field]}
              value={change[field]}
              placeholder={touch[field]}
              onChange={(typed) => set({ [field]: typed })}
              complaints={complaints}
            />
          ))}
        </div>
        {hasText &&
          (['ru', 'en'] as const).map((language) => (
            <TextField
              key={language}
              language={language}
              at={at}
              touch={shown}
              typed={change[language]}
              complaints={complaints}
              onChange={(typed) => set({ [language]: typed })}
            />
          ))}
      </div>
    </details>
  )
}

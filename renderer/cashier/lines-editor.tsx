import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs'
import IconTrash from '@tabler/icons-react/dist/esm/icons/IconTrash.mjs'
import { useTranslation } from 'react-i18next'
import { typedAmount } from '../components/amounts.ts'
import { placeId } from './focus.ts'
import type { LineDraft } from './use-sale.ts'

/** A receipt typed line by line, for programmes whose rules look at goods. */
export function LinesEditor({
  lines,
  categories,
  onChange,
  onDone,
}: {
  readonly lines: readonly LineDraft[]
  readonly categories: readonly string[]
  readonly onChange: (lines: readonly LineDraft[]) => void
  readonly onDone: () => void
}) {
  const { t } = useTranslation()
  const edit = (id: string, change: Partial<LineDraft>) =>
    onChange(lines.map((line) => (line.id === id ? { ...line, ...change } : line)))
  const add = () => {
    const id = String(Math.max(0, ...lines.map((line) => Number(line.id))) + 1)
    onChange([...lines, { id, name: '', category: '', amount: '' }])
    requestAnimationFrame(() => document.getElementById(`line-${id}-amount`)?.focus())
  }
  return (
    <div className="editor" data-testid="lines-editor">
      {lines.map((line, index) => {
        const n = index + 1
        const bad = line.amount.trim() !== '' && typedAmount(line.amount) === undefined
        return (
          <fieldset key={line.id} aria-label={t('cashier.receipt.line', { n })}>
            <input
              type="text"
              className="name"
              data-testid={`line-name-${n}`}
              autoComplete="off"
              maxLength={200}
              placeholder={t('cashier.receipt.lineName')}
              aria-label={t('cashier.receipt.lineName')}
              value={line.name}
              onChange={(event) => edit(line.id, { name: event.target.value })}
            />
            <input
              id={index === 0 ? placeId('amount') : `line-${line.id}-amount`}
              type="text"
              className="figure"
              data-testid={`line-amount-${n}`}
              data-keypad=""
              inputMode="none"
              autoComplete="off"
              maxLength={16}
              placeholder={t('cashier.receipt.lineAmount')}
              aria-label={t('cashier.receipt.lineAmount')}
              aria-invalid={bad}
              value={line.amount}
              onChange={(event) => edit(line.id, { amount: event.target.value })}
              onKeyDown={(event) => {
                if (event.key !== 'Enter') return
                event.preventDefault()
                if (line.amount.trim() !== '' && index === lines.length - 1) add()
                else onDone()
              }}
            />
            <select
              data-testid={`line-category-${n}`}
              aria-label={t('cashier.receipt.lineCategory')}
              value={line.category}
              onChange={(event) => edit(line.id, { category: event.target.value })}
            >
              <option value="">{t('cashier.receipt.noCategory')}</option>
              {categories.map((category) => (
                <option key={category} value={category}>
                  {category}
                </option>
              ))}
            </select>
            <button
              type="button"
              className="btn bare"
              aria-label={t('cashier.receipt.removeLine', { n })}
              onClick={() => onChange(lines.filter((other) => other.id !== line.id))}
              disabled={lines.length === 1}
            >
              <IconTrash size={18} aria-hidden />
            </button>
          </fieldset>
        )
      })}
      <button type="button" className="btn bare" data-testid="line-add" onClick={add}>
        <IconPlus size={18} aria-hidden /> {t('cashier.receipt.addLine')}
      </button>
    </div>
  )
}

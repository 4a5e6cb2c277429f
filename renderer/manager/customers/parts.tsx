import { useTranslation } from 'react-i18next'
import { type Cell, saveCsv } from './csv.ts'

/** One of several, as buttons side by side. */
export function Choose<T extends string>({
  label,
  name,
  options,
  value,
  onChoose,
}: {
  readonly label: string
  readonly name: string
  readonly options: readonly { readonly value: T; readonly text: string }[]
  readonly value: T
  readonly onChoose: (value: T) => void
}) {
  return (
    <fieldset className="choose" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          data-testid={`${name}-${option.value}`}
          onClick={() => onChoose(option.value)}
        >
          {option.text}
        </button>
      ))}
    </fieldset>
  )
}

export function CsvButton({
  name,
  rows,
}: {
  readonly name: string
  readonly rows: () => readonly (readonly Cell[])[]
}) {
  const { t } = useTranslation()
  return (
    <button type="button" className="btn" data-testid={`csv-${name}`} onClick={() => saveCsv(`${name}.csv`, rows())}>
      {t('customers.csv')}
    </button>
  )
}

export interface Column<Row> {
  readonly head: string
  readonly cell: (row: Row) => string
  readonly isNumber?: boolean
}

export function Table<Row>({
  label,
  columns,
  rows,
  keyOf,
}: {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
}) {
  return (
    <table className="data" aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ head, isNumber }) => (
            <th key={head} scope="col" className={isNumber ? 'number' : undefined}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ head, cell, isNumber }) => (
              <td key={head} className={isNumber ? 'number' : undefined}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const FITS_WHOLE = 10_000

/** Figures as a person reads them, in the language of the screen. */
export function useFigures() {
  const { t, i18n } = useTranslation()
  const locale = i18n.language === 'en' ? 'en-GB' : 'ru-RU'
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
  const fine = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const compact = new Intl.NumberFormat(locale, { notation: 'compact' })
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
  return {
    whole: (value: number) => whole.format(value),
    /** Large counts fit a small cell, in two lines where it is narrow: 12345 is "12k" or «12 тыс.». */
    short: (value: number) => (value < FITS_WHOLE ? String(value) : compact.format(value).replaceAll('\u00a0', ' ')),
    fine: (value: number) => fine.format(value),
    percent: (value: number) => percent.format(value),
    customers: (count: number) => t('customers.total', { count, shown: whole.format(count) }),
    days: (days: number) => t('customers.intervals.days', { count: days, shown: fine.format(days) }),
    change: (value: number) => (value === 0 ? '=' : `${value > 0 ? '▲' : '▼'} ${whole.format(Math.abs(value))}`),
  }
}

import { useTill } from '../../components/till-store.ts'
import { useDraftWords } from '../../words/campaign-draft.ts'

const PLAIN_NAMES = { ru: ['балл', 'балла', 'баллов'], en: ['point', 'points'] }

/** Texts to begin with, in both languages, with the programme's own word for its points. */
export function useTexts() {
  const { texts } = useDraftWords()
  const names = useTill((till) => till.state?.programme?.names) ?? PLAIN_NAMES
  return {
    gift: { ru: texts.gift.ru(names.ru.join('|')), en: texts.gift.en(names.en.join('|')) },
    percent: texts.percent,
    remind: texts.remind,
    survey: texts.survey,
  }
}

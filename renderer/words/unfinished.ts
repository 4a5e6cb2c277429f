import { useTranslation } from 'react-i18next'

/** Words of what a manager writes and has not saved: campaigns, segments and surveys alike. */
const ru = {
  unfinished: 'В прошлый раз вы это не закончили. Сохраните или отмените.',
  saveCopy: 'Сохранить копией',
  copied: (name: string) => `${name} (копия)`,
}
const en: typeof ru = {
  unfinished: 'You had not finished this when you left. Save it or cancel.',
  saveCopy: 'Save as a copy',
  copied: (name) => `${name} (copy)`,
}

export function useUnfinishedWords(): typeof ru {
  const { i18n } = useTranslation()
  return i18n.language === 'en' ? en : ru
}

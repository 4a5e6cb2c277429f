/** A new member, beside the queue. */
export const enrol = {
  title: 'Новая карта',
  unknownCard: 'Карта {{card}} ещё ничья',
  noCard: 'Номер карты выдаст касса',
  phone: 'Телефон',
  phonePlaceholder: '+7 912 345-67-89',
  name: 'Имя',
  birthDate: 'Дата рождения',
  birthPlaceholder: 'ДД.ММ.ГГГГ',
  consentData: 'Согласие на обработку персональных данных',
  consentMessages: 'Согласие на получение сообщений',
  submit: 'Завести карту',
  saving: 'Записываем…',
  skip: 'Не сейчас',
  errors: {
    phone: 'Наберите телефон целиком, 11 цифр',
    name: 'Имя без цифр, до 200 букв',
    birthDate: 'Такого дня нет. Пример: 24.03.1990',
    consent: 'Без согласия карту завести нельзя',
  },
} as const

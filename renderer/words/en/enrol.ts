import type { ru } from '../ru/index.ts'
import type { Words } from '../typed.ts'

export const enrol: Words<typeof ru.enrol> = {
  title: 'New card',
  unknownCard: 'Card {{card}} belongs to nobody yet',
  noCard: 'The till gives the card its number',
  phone: 'Phone',
  phonePlaceholder: '+7 912 345-67-89',
  name: 'Name',
  birthDate: 'Date of birth',
  birthPlaceholder: 'DD.MM.YYYY',
  consentData: 'Consents to the processing of personal data',
  consentMessages: 'Consents to receiving messages',
  submit: 'Make the card',
  saving: 'Saving…',
  skip: 'Not now',
  errors: {
    phone: 'Type the whole phone number',
    name: 'A name without digits, up to 200 letters',
    birthDate: 'There is no such date. Example: 24.03.1990',
    consent: 'A card cannot be made without consent',
  },
}

import type { ru } from '../ru/index.ts'
import type { Words } from '../typed.ts'

export const returns: Words<typeof ru.returns> = {
  title: 'Returns',
  search: 'Receipt number, card or name',
  empty: 'No receipts yet',
  emptyNote: 'Receipts booked on this till will be listed here.',
  notFound: 'Nothing found. Check the receipt number',
  anonymous: 'no card',
  state: { part: 'partly returned', whole: 'returned' },
  sync: {
    waiting: 'waiting to be sent',

    deficit: 'the cloud noted a deficit',
    quarantined: 'set aside by the cloud',
  },
  receipt: 'Receipt {{receipt}}',
  pick: 'What comes back',
  all: 'The whole receipt',
  returned: 'already returned',
  qty: 'how many: {{qty}} of {{of}}',
  less: 'Fewer',
  more: 'More',
  willReturn: 'Pay back in money',
  willBack: 'The customer gets back',
  willTake: 'Taken from the customer',
  share: 'Points go back and are taken by the share returned; exact numbers follow at once.',
  nothing: 'Mark what comes back',
  confirm: 'Return',
  working: 'Writing…',
  done: 'Return booked',
  payOut: 'Pay the customer',
  back: 'Points given back',
  taken: 'Points taken',
  debt: '{{points}} are owed: repaid from what is earned next',
  again: 'Another receipt',
  toSale: 'To the sale',
}

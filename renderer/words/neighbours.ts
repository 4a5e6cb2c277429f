import { useTranslation } from 'react-i18next'

/** Words of the tills of one shop and the copies that they keep of each other. */
const ru = {
  title: 'Кассы этого магазина',
  note: 'Кассы находят друг друга в локальной сети, хранят копии записей друг друга и передают право списать баллы, когда нет интернета.',
  use: 'Работать с другими кассами',
  till: (till: string) => `Касса ${till}`,
  unknownTill: 'Касса, которой больше нет',
  present: 'на связи',
  seen: (time: string) => `была на связи ${time}`,
  unseen: 'не на связи',
  sums: {
    off: 'Выключено: другие кассы не получают копий записей этой кассы.',
    none: 'Других касс в этом магазине нет. Записи этой кассы есть только на ней и в облаке.',
    nobody: 'Ни одна касса сейчас не хранит все записи этой кассы.',
    kept: (tills: string) => `Полная копия записей этой кассы: касса ${tills}.`,
  },
  copies: {
    all: 'хранит все записи этой кассы',
    behind: (entries: number) => `записей этой кассы ей не хватает: ${entries}`,
    unknown: 'что она хранит, пока неизвестно',
  },
  troubles: {
    room: 'не принимает копии: на её диске мало места',
    story: 'хранит другие записи этой кассы под теми же номерами: их учтут при следующем запуске',
    other: 'не приняла копии: касса попробует ещё раз',
  },
  networkTroubles: {
    listen: 'Порт занят: другие кассы могут не найти эту.',
    multicast: 'Кассы не находят друг друга сами: впишите их адреса.',
  },
  addresses: 'Адреса других касс',
  addressesNote: 'По одному на строку, только если кассы не находят друг друга сами. Пример: 192.168.0.7',
  keeps: 'Эта касса хранит записи других касс:',
  entries: (entries: number) => `записей: ${entries}`,
  unsent: (entries: number) => `в облаке ещё нет: ${entries}. Передадим, как только будет связь`,
}

const en: typeof ru = {
  title: 'Tills of this shop',
  note: 'Tills find each other on the local network, keep copies of what the others have written, and pass on the right to redeem when there is no internet.',
  use: 'Work with the other tills',
  till: (till) => `Till ${till}`,
  unknownTill: 'A till that is no more',
  present: 'there',
  seen: (time) => `last there at ${time}`,
  unseen: 'not there',
  sums: {
    off: 'Switched off: other tills get no copies of what this till writes.',
    none: 'There is no other till in this shop. What this till writes is only on it and in the cloud.',
    nobody: 'No other till has all that this till has written.',
    kept: (tills) => `A whole copy of what this till has written: till ${tills}.`,
  },
  copies: {
    all: 'has all that this till has written',
    behind: (entries) => `entries of this till that it lacks: ${entries}`,
    unknown: 'what it has is not known yet',
  },
  troubles: {
    room: 'takes no copies: its disk is too full',
    story: 'has other entries of this till under the same numbers: they are booked at the next start',
    other: 'took no copies: the till tries again',
  },
  networkTroubles: {
    listen: 'The port is taken: other tills may not find this one.',
    multicast: 'Tills do not find each other by themselves: enter their addresses.',
  },
  addresses: 'Addresses of the other tills',
  addressesNote: 'One a line, only if tills do not find each other by themselves. Example: 192.168.0.7',
  keeps: 'This till keeps what other tills have written:',
  entries: (entries) => `entries: ${entries}`,
  unsent: (entries) => `not in the cloud yet: ${entries}. Handed in as soon as there is a connection`,
}

export function useNeighbourWords(): typeof ru {
  const { i18n } = useTranslation()
  return i18n.language === 'en' ? en : ru
}

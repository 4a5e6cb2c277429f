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
  unseen: 'нет связи',
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
  note: 'Tills find each other on the local network, keep copies of each other’s records, and pass on the right to redeem when there is no internet.',
  use: 'Work with the other tills',
  till: (till) => `Till ${till}`,
  unknownTill: 'A till that no longer exists',
  present: 'online',
  seen: (time) => `last seen ${time}`,
  unseen: 'offline',
  sums: {
    off: 'Switched off: other tills get no copies of this till’s records.',
    none: 'There is no other till in this shop. This till’s records are only here and in the cloud.',
    nobody: 'No other till has all of this till’s records at the moment.',
    kept: (tills) => `Full copy of this till’s records: till ${tills}.`,
  },
  copies: {
    all: 'has all of this till’s records',
    behind: (entries) => `records of this till that it lacks: ${entries}`,
    unknown: 'not known yet what it has',
  },
  troubles: {
    room: 'accepts no copies: its disk is too full',
    story: 'has other records of this till under the same numbers: they will be booked at the next start',
    other: 'did not accept copies: this till will try again',
  },
  networkTroubles: {
    listen: 'The port is taken: other tills may not find this one.',
    multicast: 'Tills do not find each other by themselves: enter their addresses.',
  },
  addresses: 'Addresses of the other tills',
  addressesNote: 'One per line, only if tills do not find each other by themselves. Example: 192.168.0.7',
  keeps: 'This till keeps records of other tills:',
  entries: (entries) => `records: ${entries}`,
  unsent: (entries) => `not in the cloud yet: ${entries}. Sent as soon as there is a connection`,
}

export function useNeighbourWords(): typeof ru {
  const { i18n } = useTranslation()
  return i18n.language === 'en' ? en : ru
}

import type { Chance } from './chance.ts'

export interface Dish {
  readonly sku: string
  readonly name: string
  readonly category: string
  /** Kopecks. */
  readonly price: bigint
  readonly cost: bigint
}

const dish = (sku: string, name: string, category: string, roubles: number, costShare: number): Dish => ({
  sku,
  name,
  category,
  price: BigInt(roubles) * 100n,
  cost: BigInt(Math.round(roubles * costShare)) * 100n,
})

const coffee = [
  dish('cappuccino', 'Капучино', 'drinks/coffee', 240, 0.22),
  dish('espresso', 'Эспрессо', 'drinks/coffee', 160, 0.2),
  dish('latte', 'Латте', 'drinks/coffee', 260, 0.24),
  dish('raf', 'Раф ванильный', 'drinks/coffee', 320, 0.25),
]
const drinks = [
  dish('tea', 'Чай облепиховый', 'drinks/tea', 230, 0.18),
  dish('juice', 'Сок апельсиновый', 'drinks/juice', 290, 0.45),
  dish('water', 'Вода без газа', 'drinks/water', 120, 0.3),
]
const bakery = [
  dish('croissant', 'Круассан', 'bakery/pastry', 190, 0.35),
  dish('napoleon', 'Наполеон', 'bakery/cakes', 310, 0.33),
  dish('cheesecake', 'Чизкейк', 'bakery/cakes', 340, 0.36),
  dish('syrniki', 'Сырники', 'breakfast', 380, 0.34),
]
const meals = [
  dish('lunch', 'Бизнес-ланч', 'lunch', 420, 0.4),
  dish('soup', 'Борщ', 'kitchen/soups', 360, 0.33),
  dish('pasta', 'Паста карбонара', 'kitchen/main', 560, 0.35),
]
const rare = [
  dish('beans', 'Кофе в зёрнах, 250 г', 'retail/beans', 890, 0.55),
  dish('cigarettes', 'Сигареты', 'tobacco', 210, 0.92),
]

/** What somebody orders at an hour: coffee nearly always, lunch at noon, something sweet besides. */
export function order(chance: Chance, hour: number): { readonly dish: Dish; readonly qty: number }[] {
  const dishes: Dish[] = []
  if (chance.chance(0.78)) dishes.push(chance.chance(0.45) ? coffee[0]! : chance.pick(coffee))
  if (hour >= 12 && hour < 16 && chance.chance(0.55)) dishes.push(chance.chance(0.6) ? meals[0]! : chance.pick(meals))
  if (hour >= 18 && chance.chance(0.4)) dishes.push(chance.pick(meals))
  if (chance.chance(hour < 11 ? 0.6 : 0.4)) dishes.push(chance.pick(bakery))
  if (chance.chance(0.18)) dishes.push(chance.pick(drinks))
  if (chance.chance(0.03)) dishes.push(chance.pick(rare))
  if (dishes.length === 0) dishes.push(chance.pick(coffee))
  return [...new Set(dishes)].map((dish) => ({ dish, qty: chance.chance(0.14) ? chance.between(2, 4) : 1 }))
}

/** What is sold: a small shop's shelf, so that skus, names and categories have the lengths they have in life. */
export interface Good {
  readonly sku: string
  readonly name: string
  readonly category: string
  /** Kopecks. */
  readonly price: bigint
}

const good = (sku: string, name: string, category: string, roubles: number): Good => ({
  sku,
  name,
  category,
  price: BigInt(Math.round(roubles * 100)),
})

export const goods: readonly Good[] = [
  good('4607001770015', 'Капучино 300 мл', 'drinks/coffee', 240),
  good('4607001770022', 'Эспрессо', 'drinks/coffee', 160),
  good('4607001770039', 'Чай облепиховый', 'drinks/tea', 230),
  good('4607001770046', 'Вода без газа 0,5 л', 'drinks/water', 89.9),
  good('4607001770053', 'Сок апельсиновый 0,2 л', 'drinks/juice', 129.5),
  good('4607001770060', 'Круассан с миндалём', 'bakery/pastry', 190),
  good('4607001770077', 'Хлеб бородинский нарезанный', 'bakery/bread', 64.9),
  good('4607001770084', 'Молоко 3,2 % 0,93 л', 'dairy/milk', 99.9),
  good('4607001770091', 'Творог 5 % 300 г', 'dairy/curd', 189.9),
  good('4607001770107', 'Сыр твёрдый, кг', 'dairy/cheese', 899),
  good('4607001770114', 'Яблоки сезонные, кг', 'fruit/apples', 149.9),
  good('4607001770121', 'Бананы, кг', 'fruit/bananas', 139.9),
  good('4607001770138', 'Шоколад горький 72 %', 'sweets/chocolate', 159),
  good('4607001770145', 'Борщ 350 г', 'kitchen/soups', 360),
  good('4607001770152', 'Паста карбонара', 'kitchen/main', 560),
  good('4607001770169', 'Сигареты', 'tobacco', 210),
]

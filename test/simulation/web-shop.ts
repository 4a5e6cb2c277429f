import type { MemberId } from '../../shared/ids.ts'
import { formatHundredths } from '../../shared/money.ts'
import type { Answer, Basket, BasketAsked } from './baskets.ts'
import type { Scene } from './scene.ts'

const TRIES = 4
/** A basket is held for so long, and some are paid after that. */
const HELD_S = [5, 60, 900] as const

/** What a web shop and its customers do: baskets that are held, changed, paid, given up and forgotten. */
export class WebShop {
  private readonly scene: Scene

  constructor(scene: Scene) {
    this.scene = scene
  }

  get isOpen(): boolean {
    return this.scene.faults.dial('basket held') > 0
  }

  async order(): Promise<void> {
    const { scene } = this
    const member = this.customer()
    if (member === undefined) return
    const first = this.wish(member, `web-${scene.nextNumber()}`)
    const held = await this.surely(() => scene.cloud.baskets.hold(first))
    if (held === 'unreachable' || held === 'refused') return
    scene.faults.count('basket held')
    await this.leisure()
    if (scene.chance.chance(0.15)) return await this.becomes(await this.changed(first, held))
    await this.becomes(held)
  }

  /** Something was put into the basket, or another member of the family says that the order is theirs. */
  private async changed(first: BasketAsked, held: Basket): Promise<Basket> {
    const { scene } = this
    const member = scene.chance.chance(0.2) ? (this.customer() ?? first.member) : first.member
    const second = this.wish(member, first.receipt, first.outlet)
    const again = await this.surely(() => scene.cloud.baskets.hold(second))
    return again === 'unreachable' || again === 'refused' ? held : again
  }

  private async becomes(basket: Basket): Promise<void> {
    const { scene } = this
    const dice = scene.chance.next()
    if (dice < 0.6) {
      const paid = await this.surely(() => scene.cloud.baskets.pay(basket.id))
      if (paid === 'paid') scene.faults.count('basket paid')
      if (scene.chance.chance(0.2)) await this.surely(() => scene.cloud.baskets.pay(basket.id))
      return
    }
    // one that nobody comes back to ends by itself
    if (dice < 0.8) await this.surely(() => scene.cloud.baskets.release(basket.id, 'released'))
    scene.faults.count('basket over')
  }

  private customer(): MemberId | undefined {
    const { chance, customers, cloud } = this.scene
    const { card } = chance.pick(customers)
    return cloud.store.tables().cards.get(card as never)?.member
  }

  private wish(member: MemberId, receipt: string, outlet?: string): BasketAsked {
    const { scene } = this
    const goods = [{ sku: 'cake' }, { sku: 'tea', category: 'drinks/tea' }, { sku: 'cigarettes', category: 'tobacco' }]
    return {
      key: `k${scene.nextNumber()}`,
      member,
      outlet: outlet ?? scene.chance.pick(scene.outlets),
      receipt,
      lines: Array.from({ length: scene.chance.between(1, 3) }, (_, index) => ({
        id: String(index + 1),
        ...scene.chance.pick(goods),
        qty: '1',
        amount: formatHundredths(BigInt(scene.chance.between(100, 20_000))),
      })),
      share: scene.chance.pick(['all', 'all', 'half', 'nothing'] as const),
      seconds: scene.chance.pick(HELD_S),
    }
  }

  /** Whoever hears nothing asks again, with the same key. */
  private async surely<T>(ask: () => Promise<Answer<T>>): Promise<Answer<T>> {
    let answer: Answer<T> = 'unreachable'
    for (let tries = 0; tries < TRIES && answer === 'unreachable'; tries++) {
      if (tries > 0) await this.scene.pause(this.scene.chance.between(200, 5_000))
      this.scene.ops += 1
      if (!this.scene.cloud.isDown) answer = await ask()
    }
    return answer
  }

  private leisure(): Promise<void> {
    return this.scene.pause(this.scene.chance.between(200, 90_000))
  }
}

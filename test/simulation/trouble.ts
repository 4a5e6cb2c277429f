import type { CardNumber, MemberId } from '../../shared/ids.ts'
import type { Command } from '../../shared/ledger/decide.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { formatHundredths, points } from '../../shared/money.ts'
import type { SimulatedCloud } from './cloud.ts'
import { DAY_MS, ownCard, type Scene } from './scene.ts'
import type { Till } from './till.ts'

/** Tills keep what was acknowledged for 35 days (S32): what an older backup lacks is gone for good. */
const BACKUP_AGE_MS_MAX = 34 * DAY_MS

/** Numbers of cards that took the place of others. */
const REPLACED_FROM = 2_000_000

/** Of what has happened so far, how much has to have come since the last backup. */
const NEW_SHARE = 100

interface Backup {
  readonly ops: number
  readonly at: number
  readonly cloud: Awaited<ReturnType<SimulatedCloud['backup']>>
  readonly goBack: () => void
}

/** What goes wrong, and what people in the office do meanwhile. */
export class Trouble {
  private readonly scene: Scene
  private readonly sendToWork: (till: Till) => void
  private away = 0
  private backup: Backup | null = null

  constructor(scene: Scene, sendToWork: (till: Till) => void) {
    this.scene = scene
    this.sendToWork = sendToWork
  }

  async keepBackup(): Promise<void> {
    if (this.scene.faults.dial('cloud tail lost') === 0) return
    const { ops } = this.scene
    // everything is copied: the more there is, the more has to be new
    if (this.backup !== null && ops - this.backup.ops < ops / NEW_SHARE) return
    this.backup = {
      ops,
      at: this.scene.time.now(),
      cloud: await this.scene.cloud.backup(),
      goBack: this.scene.truth.mark(),
    }
  }

  async strike(): Promise<void> {
    const { faults, chance } = this.scene
    const till = chance.pick(this.scene.tills)
    if (faults.strikes('till offline', 0.3))
      this.cut(
        () => till.isCut,
        (is) => (till.isCut = is),
      )
    const shop = chance.pick(this.scene.outlets)
    if (faults.strikes('shop offline', 0.2)) {
      this.cut(
        () => this.scene.cutShops.has(shop),
        (is) => void (is ? this.scene.cutShops.add(shop) : this.scene.cutShops.delete(shop)),
      )
    }
    if (faults.strikes('cloud down', 0.15)) {
      this.scene.cloud.isDown = true
      this.scene.time.after(chance.between(5_000, 300_000), () => {
        this.scene.cloud.isDown = false
      })
    }
    if (faults.strikes('till crash', 0.3)) this.crash(till)
    if (faults.strikes('clock jumps', 0.1)) till.skewMs += chance.between(1, 3 * DAY_MS)
    if (faults.strikes('clock goes back', 0.1)) till.skewMs -= chance.between(1, DAY_MS)
    if (faults.strikes('disk full', 0.1)) this.filled(till, 'isDiskFull')
    if (faults.strikes('journal disk full', 0.1)) this.filled(till, 'isJournalFull')
    if (faults.strikes('till destroyed', 0.02) && this.scene.tills.filter((each) => !each.isDestroyed).length > 1) {
      const isAlone = this.scene.tills.every((other) => other === till || other.device !== till.device)
      if (!till.isDestroyed && isAlone) this.destroy(till)
    }
    // a cloud that forgot as well would leave no copy of what lies between
    if (faults.dial('old image restored') > 0 && faults.dial('cloud tail lost') === 0) await this.image(till)
    if (faults.dial('cloud tail lost') === 0 && !till.isDestroyed && faults.strikes('till cloned', 0.2)) this.twin(till)
    if (this.away === 0 && faults.strikes('till away for weeks', 0.05)) {
      this.away += 1
      till.isCut = true
      this.scene.time.after(chance.between(31, 45) * DAY_MS, () => {
        till.isCut = false
        this.away -= 1
      })
    }
    if (chance.chance(0.2)) await this.office()
    if (faults.dial('cloud tail lost') > 0) {
      if (!faults.strikes('cloud tail lost', 0.04) || !(await this.loseTail())) {
        if (chance.chance(0.3)) await this.keepBackup()
      }
    }
  }

  /** The cloud comes back from its backup; false where there is none that could be put back. */
  async loseTail(): Promise<boolean> {
    if (this.backup === null || this.scene.time.now() - this.backup.at >= BACKUP_AGE_MS_MAX) return false
    this.backup.goBack()
    await this.scene.cloud.restored(this.backup.cloud)
    this.scene.truth.hasForgotten = true
    return true
  }

  private cut(isCut: () => boolean, set: (is: boolean) => void): void {
    if (isCut()) return
    set(true)
    // mostly minutes; now and then days
    const isLong = this.scene.chance.chance(0.2) && this.goneAway()
    const ms = isLong ? this.scene.chance.between(1, 10) * DAY_MS : this.scene.chance.between(1_000, 600_000)
    this.scene.time.after(ms, () => {
      set(false)
      if (isLong) this.away -= 1
    })
  }

  /** Where everybody is away for days nothing happens: one at a time. */
  private goneAway(): boolean {
    if (this.away > 0) return false
    this.away += 1
    return true
  }

  private filled(till: Till, what: 'isDiskFull' | 'isJournalFull'): void {
    till[what] = true
    this.scene.time.after(this.scene.chance.between(1_000, 60_000), () => {
      till[what] = false
    })
  }

  /** Power goes; what had been promised to be on the disk is there, and at most one of the copies is damaged. */
  private crash(till: Till): void {
    till.crash()
    const { faults, chance, mirrors } = this.scene
    if (faults.strikes('cache written late', 0.5)) till.disk.cacheFromDisk()
    // A copy that was damaged before is mended at the next start, if there is room: until then the other one is spared.
    if (till.disk.isJournalWhole && faults.strikes('database razed', 0.3)) till.disk.razeMoney()
    else if (!till.disk.isMoneyWhole) return
    // more often where neighbours can give it back
    else if (faults.strikes('journal lost', mirrors.isOn ? 0.8 : 0.2)) till.disk.loseJournal()
    else if (faults.strikes('journal torn', 0.3)) till.disk.tearJournal()
    else if (faults.strikes('journal bit flipped', 0.2)) till.disk.flipBit((count) => chance.between(0, count - 1))
  }

  /** Both copies are put back from an older time, once the cloud has everything that was told "done". */
  private async image(till: Till): Promise<void> {
    const { faults, chance, truth } = this.scene
    if (till.isDestroyed) return
    if (chance.chance(0.2)) return await till.keepImage()
    let unsent = 0
    for (let epoch = 1; epoch <= till.epoch; epoch++) unsent += (await till.disk.money.unsent(epoch)).count
    const isAllSent = till.state()?.link.unsent === 0 && unsent === 0
    if (!isAllSent || !till.hasImage || !faults.strikes('old image restored', 0.1)) return
    truth.doubtful.add(till.device)
    till.putBack()
  }

  /** Somebody copies a till's disk to another machine, and both are used. */
  private twin(till: Till): void {
    const { scene } = this
    if (scene.tills.some((other) => other !== till && other.device === till.device)) return
    scene.truth.doubtful.add(till.device)
    const twin = till.twin()
    scene.tills.push(twin)
    if (scene.working) this.sendToWork(twin)
  }

  private destroy(till: Till): void {
    till.crash()
    till.isDestroyed = true
    this.scene.trace.write({ k: 'destroyed', till: till.machine })
    if (this.scene.faults.strikes('till lost', 1)) {
      this.scene.time.after(this.scene.chance.between(1_000, DAY_MS), () => void this.scene.cloud.lost(till.device))
    }
    this.scene.newTill(till.outlet)
    if (this.scene.working) this.sendToWork(this.scene.tills.at(-1)!)
  }

  /** What people in the office do; each is an operation. */
  private async office(): Promise<void> {
    const { chance, faults } = this.scene
    const tables = this.scene.cloud.store.tables()
    const members = [...tables.members.values()].filter((member) => member.mergedInto === null)
    const member = chance.pick(members)
    if (member === undefined) return
    const dice = chance.next()
    const by = 'office'
    const today = this.scene.cloud.now().slice(0, 10)
    if (faults.strikes('programme switched', 0.1)) return await this.switchProgramme()
    if (faults.strikes('members merged', 0.15) && members.length > 3) {
      const into = chance.pick(members)
      if (into.id === member.id) return
      this.scene.ops += 1
      const purses = [...new Set((tables.pursesOf.get(member.id) ?? []).map((key) => key.split('\n')[1]!))]
      const cards = [...(tables.cardsOf.get(member.id) ?? [])]
      const merge = { kind: 'merge', from: member.id, into: into.id, purses, cards, by, reason: 'the same person' }
      await this.scene.cloud.operator([merge as EntryBody])
      return
    }
    // a cloud that came back without its end would have to be asked again
    if (faults.dial('cloud tail lost') === 0 && members.length > 3 && faults.strikes('member erased', 0.3)) {
      this.scene.ops += 1
      this.scene.truth.erased.add(member.id)
      await this.scene.cloud.erase(member.id)
      return
    }
    if (faults.strikes('card changed', 0.8)) return await this.changeCard(member.id)
    if (faults.strikes('points taken back', 0.7)) return await this.takeBack(member.id)
    const unknown =
      this.scene.unknownCards.length > 0 && chance.chance(0.5) ? this.scene.unknownCards.shift() : undefined
    if (unknown !== undefined) {
      this.scene.ops += 1
      const consent = { personalData: true, messages: false }
      const name = `late-${this.scene.nextNumber()}`
      const enrol = { kind: 'enrol', member: name, card: unknown, cardType: 'standard', profile: null, consent }
      await this.scene.cloud.operator([enrol as unknown as EntryBody])
      this.scene.customers.push({ card: unknown })
      return
    }
    if (dice < 0.15) {
      this.scene.ops += 1
      const points = formatHundredths(BigInt(chance.between(100, 5_000)))
      const lastDay = new Date(this.scene.time.now() + chance.between(0, 5) * DAY_MS).toISOString().slice(0, 10)
      const gift = {
        kind: 'gift',
        member: member.id,
        purse: 'points',
        points,
        activeFrom: today,
        lastDay,
        reason: 'kind',
      }
      await this.scene.cloud.operator([gift as unknown as EntryBody])
    } else if (dice < 0.3) {
      this.scene.ops += 1
      await this.issueCoupon(member.id, today)
    } else if (dice < 0.35) {
      this.scene.ops += 1
      const terms = { set: [{ id: 'vip', accrual: { percent: '15' } }], remove: [] }
      await this.scene.cloud.operator([{ kind: 'member', member: member.id, terms, by } as EntryBody])
    }
  }

  /** Blocked, unblocked, replaced, handed on: at the counter the old one is shown all the same, now and then. */
  private async changeCard(member: MemberId): Promise<void> {
    const { chance, cloud, customers } = this.scene
    const { members, cards, cardsOf } = cloud.store.tables()
    const number = chance.pick([...(cardsOf.get(member) ?? [])]) as CardNumber | undefined
    if (number === undefined) return
    const fresh = ownCard(REPLACED_FROM + this.scene.nextNumber()) as CardNumber
    const others = [...members.values()].filter((other) => other.mergedInto === null && other.id !== member)
    const to = others.length === 0 ? member : chance.pick(others).id
    const by = 'office'
    const wishes: readonly Command[] = [
      { do: cards.get(number)?.state === 'blocked' ? 'unblock_card' : 'block_card', number, by },
      { do: 'replace_card', number, with: fresh, holder: undefined, by },
      { do: 'add_card', number: fresh, type: 'standard', holder: undefined, by },
      { do: 'primary_card', number, by },
      { do: 'transfer_card', number, to, by },
    ]
    const wish = chance.pick(wishes)
    this.scene.ops += 1
    if (!(await cloud.wish(member, () => wish)) || wish.do !== 'replace_card') return
    const owner = customers.find(({ card }) => card === number)
    if (owner !== undefined && chance.chance(0.7)) owner.card = fresh
  }

  /** Given by mistake, or won by fraud: also what the member has spent since. */
  private async takeBack(member: MemberId): Promise<void> {
    const { chance, cloud } = this.scene
    const amount = points(BigInt(chance.between(1, 60) * -100))
    this.scene.ops += 1
    await cloud.wish(member, () => ({
      do: 'adjust',
      purse: 'points',
      points: amount,
      by: 'office',
      reason: 'a mistake',
    }))
  }

  private async issueCoupon(member: string, today: string): Promise<void> {
    const [coupon] = (this.scene.programme.coupons as readonly { id: string; lifeDays?: number }[]).filter(
      ({ lifeDays }) => lifeDays !== undefined,
    )
    if (coupon === undefined) return
    const lastDay = new Date(this.scene.time.now() + coupon.lifeDays! * DAY_MS).toISOString().slice(0, 10)
    const issued = {
      kind: 'coupon',
      member,
      coupon: coupon.id,
      action: 'issue',
      uses: '1.00',
      activeFrom: today,
      lastDay,
    }
    await this.scene.cloud.operator([{ ...issued, reason: 'kind' } as EntryBody])
  }

  private async switchProgramme(): Promise<void> {
    this.scene.ops += 1
    const version = (this.scene.programme.version as number) + 1
    const accrual = {
      ...(this.scene.programme.accrual as object),
      basePercent: String(this.scene.chance.between(1, 20)),
    }
    this.scene.programme = { ...this.scene.programme, version, accrual }
    await this.scene.cloud.publish(this.scene.programme)
  }
}

import type { Roughness } from './faults.ts'

/**
 * Mistakes that a tired person could make, each in one place of the real code. The simulation has to notice every one:
 * `npm run -s planted`. Where code moves, its mistake moves with it; `test/planted.test.ts` says which has lost its line.
 */
export interface Planted {
  readonly name: string
  readonly file: string
  /** Stands exactly once in the file. */
  readonly line: string
  readonly instead: string
  /** Tried first: its faults are those that bring the mistake to light. */
  readonly seed: number
  /** Whether the tills of a shop pass rights on; missing: they do not. */
  readonly neighbours?: true
  /** What the seeds are rough about; missing: nothing. */
  readonly rough?: Roughness
  /** How many operations that takes, where the usual number is not enough. */
  readonly ops?: number
}

/** How a program ends in which the mistake could not be planted. */
export const EXIT_NOT_PLANTED = 70

export const PLANTED: readonly Planted[] = [
  // The till's stream and its two copies
  {
    name: 'done is said before the database has it',
    seed: 3,
    ops: 600,
    file: 'renderer/core/stream.ts',
    line: "if ((await money.append(append)) === 'head_moved') throw new LostBooks('the stream does not end where it did')",
    instead: 'void new Promise((later) => setImmediate(later)).then(() => money.append(append))',
  },
  {
    name: 'the journal is skipped',
    seed: 5,
    ops: 600,
    file: 'renderer/core/stream.ts',
    line: 'const isCopied = await copyUp(rows, now.seq).catch((error): boolean => {',
    instead: 'copiedTo = now.seq\n      const isCopied = await Promise.resolve(true).catch((error): boolean => {',
  },
  {
    name: 'a failed second copy counts as done',
    seed: 4,
    ops: 600,
    file: 'renderer/core/stream.ts',
    line: 'if (reply.ok) copiedTo = rows.at(-1)!.seq',
    instead: 'copiedTo = rows.at(-1)!.seq\n    if (reply.ok) return true',
  },
  {
    name: 'the head stands still',
    seed: 3,
    ops: 600,
    file: 'renderer/core/stream.ts',
    line: '    head = prev\n',
    instead: '    head = { ...prev, hash: head.hash }\n',
  },
  {
    name: 'what the journal alone has is not read back',
    seed: 2,
    rough: 'disks',
    ops: 800,
    file: 'renderer/core/reconcile.ts',
    line: 'if (head.seq === 0) return await restore(money, journal, epoch, carried)',
    instead: 'if (head.seq === 0) return { journalled: 0, restored: 0 }',
  },
  {
    name: 'what the journal lacks is not copied to it',
    seed: 1,
    ops: 600,
    file: 'renderer/core/reconcile.ts',
    line: 'const journalled = await copyDown(money, journal, epoch, has)',
    instead: 'const journalled = head.seq',
  },
  {
    name: 'the figures say that they hold one entry less than they do',
    seed: 3,
    ops: 800,
    file: 'shared/intake/page.ts',
    line: 'seen: { epoch: stream.epoch, seq: stream.high } }',
    instead: 'seen: { epoch: stream.epoch, seq: Math.max(0, stream.high - 1) } }',
  },
  // What is sent, and what is heard
  {
    name: 'after an answer nothing goes on',
    seed: 42,
    ops: 600,
    file: 'shared/sync/engine.ts',
    line: "    case 'pushed':\n      return onward({ ...answered(state), high: Math.max(state.high, event.high) })",
    instead: "    case 'pushed':\n      return [{ ...answered(state), high: Math.max(state.high, event.high) }, []]",
  },
  {
    name: 'a failure is not tried again',
    seed: 3,
    ops: 600,
    file: 'shared/sync/engine.ts',
    line: "return [next, [{ do: 'wake', afterMs }]]",
    instead: 'return [next, []]',
  },
  {
    name: 'nobody polls',
    seed: 42,
    ops: 600,
    file: 'shared/sync/engine.ts',
    line: "return [{ ...state, rounds: state.rounds + 1 }, [{ do: 'wake', afterMs: POLL_MS }]]",
    instead: 'return [{ ...state, rounds: state.rounds + 1 }, []]',
  },
  {
    name: 'waking pulls nothing',
    seed: 42,
    ops: 600,
    file: 'shared/sync/engine.ts',
    line: "    case 'woken':\n      return onward({ ...state, resting: false, pullDue: true })",
    instead: "    case 'woken':\n      return onward({ ...state, resting: false })",
  },
  {
    name: 'a till does not go back with the cloud',
    seed: 1,
    rough: 'backups',
    ops: 400,
    file: 'renderer/core/sync-runner.ts',
    line: 'if (high >= state.high) return tell',
    instead: 'if (high >= 0) return tell',
  },
  {
    name: 'everything written so far counts as answered for',
    seed: 7,
    rough: 'pages',
    ops: 600,
    file: 'renderer/core/sync-runner.ts',
    line: 'const to = await answeredFor(answer.value, last.seq)',
    instead: 'const to = state.head',
  },
  {
    name: 'the cursor is kept without its rows',
    seed: 1,
    ops: 600,
    file: 'renderer/core/pulling.ts',
    line: 'if (isNew) await cache.apply(changes, now, next, acked)',
    instead: 'if (isNew) await cache.apply(isFilling(mark) ? changes : [], now, next, acked)',
  },
  {
    name: 'what follows a lost answer is sent under a number further on',
    seed: 3,
    ops: 600,
    file: 'renderer/core/sync-runner.ts',
    line: 'const rows = followOn(await money.entries(epoch, from, most), from)\n    const last',
    instead:
      'const rows = followOn(await money.entries(epoch, from, most), from).slice(state.failures > 0 ? 1 : 0)\n    const last',
  },
  // What the cloud takes in
  {
    name: 'a repeated batch is booked again',
    seed: 2,
    rough: 'pages',
    ops: 800,
    file: 'shared/intake/take-in.ts',
    line: 'const sentAgain = raws.slice(0, stream.high - from + 1)',
    instead: 'const sentAgain = raws.slice(0, 0)',
  },
  {
    name: 'a gap is not noticed',
    seed: 2,
    rough: 'backups',
    ops: 800,
    file: 'shared/intake/take-in.ts',
    line: "if (from > stream.high + 1) throw new StreamConflict('gap', stream)",
    instead: '',
  },
  {
    name: 'the mark does not move with the entries',
    seed: 1,
    ops: 600,
    file: 'shared/intake/apply.ts',
    line: 'await tx.moveStream({ ...stream, high: last.seq, head: last.hash, headKnown: last.hashKnown })',
    instead: 'await tx.moveStream({ ...stream, high: stream.high, head: last.hash, headKnown: last.hashKnown })',
  },
  {
    name: 'the mark moves without the entries',
    seed: 1,
    ops: 600,
    file: 'shared/intake/apply.ts',
    line: 'await tx.saveEntries(stream, entries, context.now)',
    instead: '',
  },
  {
    name: 'the feed hears nothing of balances',
    seed: 1,
    ops: 600,
    file: 'shared/intake/apply.ts',
    line: "{ scope: 'balance', keys: [...new Set(accounts.map((account) => accountKey(account.member, account.purse)))] },",
    instead: "{ scope: 'balance', keys: [] },",
  },
  {
    name: 'the feed hears nothing of members',
    seed: 1,
    ops: 600,
    file: 'shared/intake/apply.ts',
    line: "{ scope: 'member', keys: [...new Set(members)] },",
    instead: "{ scope: 'member', keys: [] },",
  },
  {
    name: 'the cursor is where the feed ends, not where the page ends',
    seed: 1,
    rough: 'pages',
    ops: 800,
    file: 'shared/intake/page.ts',
    line: 'const seq = isFull ? found.at(-1)!.seq : (upto ?? high)',
    instead: 'const seq = high',
  },
  {
    name: 'what lies behind the rows that were looked at is passed over',
    seed: 1,
    rough: 'pages',
    ops: 800,
    file: 'shared/intake/page.ts',
    line: 'const seq = isFull ? found.at(-1)!.seq : (upto ?? high)',
    instead: 'const seq = isFull ? found.at(-1)!.seq : high',
  },
  {
    name: 'a cursor of another database is believed',
    seed: 3,
    rough: 'backups',
    ops: 800,
    file: 'shared/intake/page.ts',
    line: 'given.incarnation === incarnation &&\n    given.seq <= high &&\n    given.protocol >= protocol',
    instead: 'given.protocol >= protocol',
  },
  // Lots and returns
  {
    name: 'what is taken stays in its lot',
    seed: 3,
    ops: 600,
    file: 'shared/ledger/lots.ts',
    line: 'remaining: points(lot.remaining - (taken.get(lot.id) ?? 0n))',
    instead: 'remaining: points(lot.remaining - 0n * (taken.get(lot.id) ?? 0n))',
  },
  {
    name: 'what comes in does not repay a debt',
    seed: 1,
    rough: 'returns',
    file: 'shared/ledger/lots.ts',
    line: 'const remaining = points(notBelowNothing(lot.points - debt))',
    instead: 'const remaining = points(notBelowNothing(lot.points - debt * 0n))',
  },
  {
    name: 'what comes back counts twice',
    seed: 2,
    rough: 'returns',
    ops: 600,
    file: 'shared/ledger/lots.ts',
    line: 'let left = amount - repaid\n',
    instead: 'let left: bigint = amount\n',
  },
  {
    name: 'what a late fact has woken stays asleep too',
    seed: 5,
    rough: 'silence',
    ops: 800,
    file: 'shared/ledger/lots.ts',
    line: 'const left = points((expired ?? 0n) - woken)',
    instead: 'const left = points((expired ?? 0n) - woken * 0n)',
  },
  {
    name: 'a return forgets what was returned before',
    seed: 335,
    ops: 600,
    file: 'shared/ledger/refund.ts',
    line: 'const before = soFar.get(line.id) ?? NOTHING_RETURNED\n    const after',
    instead: 'const before = NOTHING_RETURNED\n    const after',
  },
  {
    name: 'a receipt that another till has booked is booked again',
    seed: 11,
    ops: 800,
    file: 'shared/ledger/book-sale.ts',
    line: "if (known !== undefined) return sameKey(known.key, keyOf(entry)) ? APPLIED : quarantined('receipt_already_booked')",
    instead: 'if (known !== undefined && sameKey(known.key, keyOf(entry))) return APPLIED',
  },
  {
    name: 'only what an item changed last is kept',
    seed: 3,
    ops: 600,
    file: 'shared/ledger/workspace.ts',
    line: 'for (const [key, record] of this.current) this.changed.set(key, record)',
    instead: 'for (const [key, record] of [...this.current].slice(-1)) this.changed.set(key, record)',
  },
  {
    name: 'a batch sees only what was loaded',
    seed: 3,
    ops: 600,
    file: 'shared/ledger/workspace.ts',
    line: 'return this.current.get(key) ?? this.changed.get(key) ?? this.loaded.get(key)',
    instead: 'return this.current.get(key) ?? this.loaded.get(key)',
  },
  // Rights
  {
    name: 'own entries after the word of the cloud are not taken off a lease',
    seed: 3,
    rough: 'silence',
    ops: 600,
    file: 'renderer/core/held.ts',
    line: 'if (its === purse) left.set(lease, (left.get(lease) ?? 0n) + change)',
    instead: 'if (its === purse && change > 0n) left.set(lease, (left.get(lease) ?? 0n) + change)',
  },
  {
    name: 'a lease that has ended is spent all the same',
    seed: 3,
    rough: 'silence',
    ops: 800,
    file: 'renderer/core/contact.ts',
    line: "return elapsedMs() < LEASE_MS ? 'yes' : 'ended'",
    instead: "return elapsedMs() < LEASE_MS ? 'yes' : 'yes'",
  },
  {
    name: 'a hold is never given back',
    seed: 3,
    ops: 600,
    file: 'renderer/core/rights.ts',
    line: 'lease.recalled === true || (lease.until !== undefined && Date.parse(lease.until) < now)',
    instead: 'lease.recalled === true',
  },
  {
    name: 'the feed hears nothing of rights',
    seed: 3,
    ops: 600,
    file: 'shared/intake/apply.ts',
    line: "{ scope: 'right', keys: rightKeys(loaded, booking, [...items, ...again]) },",
    instead: "{ scope: 'right', keys: [] },",
  },
  {
    name: 'rights that the cloud no longer knows of are kept',
    seed: 2,
    rough: 'backups',
    ops: 800,
    file: 'renderer/core/rights.ts',
    line: 'await keep(answer.value.changes, answer.value.now, true)',
    instead: 'await keep(answer.value.changes, answer.value.now, false)',
  },
  {
    name: 'a sale that only risks takes from a lease',
    seed: 10,
    rough: 'risk',
    neighbours: true,
    ops: 2_000,
    file: 'shared/ledger/book-sale.ts',
    line: 'const named = rights ?? (risk === undefined ? undefined : [])',
    instead: 'const named = rights ?? (risk === null ? [] : undefined)',
  },
  // Rights that pass between the tills of a shop
  {
    name: 'a till gives as often as it is asked',
    seed: 1,
    rough: 'neighbours',
    neighbours: true,
    ops: 800,
    file: 'renderer/core/rights.ts',
    line: 'const known = await money.command(key)',
    instead: "const known = await money.command(key === '' ? key : 'nobody')",
  },
  {
    name: 'what is on its way between two tills counts as free',
    seed: 1,
    rough: 'neighbours',
    neighbours: true,
    ops: 800,
    file: 'shared/ledger/leases.ts',
    line: 'const sent = moveRight(moveRight(account, lease, giver, -amount, null), transfer, null, amount, null)',
    instead: 'const sent = moveRight(moveRight(account, lease, giver, -amount, null), transfer, null, 0n, null)',
  },
  {
    name: 'what is on its way to a till that was given up stays away',
    seed: 11,
    rough: 'neighbours',
    neighbours: true,
    ops: 1_600,
    file: 'shared/rights/granting.ts',
    line: 'remaining > 0n && isIts(holder ?? to)',
    instead: 'remaining > 0n && isIts(holder ?? (to === null ? to : undefined))',
  },
  {
    name: 'what the cloud has just answered for is dropped as if it were old',
    seed: 15,
    rough: 'backups',
    ops: 800,
    file: 'shared/sync/kept-long.ts',
    line: 'const old = marks.findLastIndex((mark) => isLongAgo(mark, keepMs))',
    instead: 'const old = marks.findLastIndex((mark) => isLongAgo(mark, 0))',
  },
  // Baskets of web shops
  {
    name: 'a basket whose time is up keeps what it held',
    seed: 8,
    ops: 1_000,
    file: 'shared/rights/granting.ts',
    line: 'if (rest <= 0n) return []',
    instead: "if (rest <= 0n || reason === 'ended') return []",
  },
  {
    name: 'a basket takes what tills hold',
    seed: 8,
    ops: 1_000,
    file: 'shared/rights/granting.ts',
    line: 'const free = leasable(account, programme, today).free + spare',
    instead: 'const free = leasable(account, programme, today).free + account.leased + spare',
  },
  // Who was forgotten
  {
    name: 'a disk keeps the names of those who were forgotten',
    seed: 1059,
    ops: 2_000,
    file: 'renderer/core/epoch-core.ts',
    line: '.then(() => unnameForgotten(money, ports.cache, () => closed))',
    instead: '.then(() => unnameForgotten(money, ports.cache, () => true))',
  },
]

export function plantedIn(name: string): Planted | undefined {
  return PLANTED.find((mistake) => mistake.name === name)
}

import { cashier } from './cashier.ts'
import { common } from './common.ts'
import { customers } from './customers.ts'
import { enrol } from './enrol.ts'
import { manager } from './manager.ts'
import { notices } from './notices.ts'
import { returns } from './returns.ts'
import { scanners } from './scanners.ts'
import { settings } from './settings.ts'

export const en = { common, cashier, enrol, returns, manager, customers, settings, scanners, notices } as const

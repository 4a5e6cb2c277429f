import * as walk from '../../shared/intake/day-walk.ts'
import type { Cloud } from '../cloud.ts'
import { intakeOf } from './postgres-store.ts'

/** What new days bring to members, on the running service. */
export const walkDays = (cloud: Cloud, pageMembers?: number): Promise<boolean> =>
  walk.walkDays(intakeOf(cloud), pageMembers)

export const walkPage = (cloud: Cloud, pageMembers?: number): Promise<boolean> =>
  walk.walkPage(intakeOf(cloud), pageMembers)

import { type RawBuilder, sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'

/** Where conditions of predicates are asked: `f` the facts, `t` the traits, `c` the consent. */
export const fromFacts = (tenant: TenantId): RawBuilder<unknown> => sql`
  from member_fact f
  left join member_trait t on t.tenant = ${tenant} and t.member = f.member
  left join consent c on c.tenant = ${tenant} and c.member = f.member
  where f.tenant = ${tenant}`

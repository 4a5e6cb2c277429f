import { expect, test } from 'vitest'
import { serverSettings } from '../../cloud/database/server-settings.ts'

const GB = 2 ** 30

test('the embedded PostgreSQL takes an eighth of the machine for its buffers, from 128 MB to 4 GB', () => {
  expect(serverSettings(24 * GB)).toMatchObject({ shared_buffers: '3072MB', effective_cache_size: '12288MB' })
  expect(serverSettings(0.5 * GB)).toMatchObject({ shared_buffers: '128MB', maintenance_work_mem: '64MB' })
  expect(serverSettings(256 * GB)).toMatchObject({ shared_buffers: '4096MB', maintenance_work_mem: '512MB' })
})

// placeholder until the server is there
import { randomBytes } from 'node:crypto'
export async function startPosApi(_options: unknown) {
  return {
    address: () => '',
    runToken: randomBytes(16).toString('hex'),
    newToken: () => ({ address: '', token: '' }),
    refresh: async () => {},
    close: async () => {},
  }
}

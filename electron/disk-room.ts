import { statfs } from 'node:fs/promises'
import type { DiskRoom } from '../shared/desktop-api.ts'

const MEGABYTE = 1024 * 1024

/** What this user may still write where the till keeps its data. */
export async function diskRoom(folder: string, lowMegabytes: number): Promise<DiskRoom> {
  const { bavail, bsize } = await statfs(folder)
  return { freeBytes: bavail * bsize, lowBytes: lowMegabytes * MEGABYTE }
}

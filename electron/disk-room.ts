import { statfs } from 'node:fs/promises'
import type { DiskRoom } from '../shared/desktop-api.ts'

const MEGABYTE = 1024 * 1024

/** What this user may still write where the till keeps its data: the fullest of these places counts. */
export async function diskRoom(folders: readonly string[], lowMegabytes: number): Promise<DiskRoom> {
  const rooms = await Promise.all(folders.map(async (folder) => await statfs(folder)))
  return { freeBytes: Math.min(...rooms.map(({ bavail, bsize }) => bavail * bsize)), lowBytes: lowMegabytes * MEGABYTE }
}

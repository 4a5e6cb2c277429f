/**
 * What the embedded PostgreSQL is given of a machine that it shares with the service. Its own defaults are for machines of
 * long ago: with them, facts of a million members are read from the disk again and again, and a checkpoint follows another.
 */
const MB = 2 ** 20

export function serverSettings(memoryBytes: number): Readonly<Record<string, string>> {
  return {
    shared_buffers: inMegabytes(within(128, memoryBytes / 8 / MB, 4096)),
    effective_cache_size: inMegabytes(Math.max(512, memoryBytes / 2 / MB)),
    maintenance_work_mem: inMegabytes(within(64, memoryBytes / 64 / MB, 512)),
    max_wal_size: '4096MB', // so much is written between two checkpoints at most; a quiet shop never gets there
  }
}

const within = (least: number, value: number, most: number) => Math.max(least, Math.min(value, most))
const inMegabytes = (value: number) => `${Math.round(value)}MB`

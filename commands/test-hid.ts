import { existsSync } from 'node:fs'
import { run } from './run.ts'
import { ensureProgram, type SystemProgram } from './system-packages.ts'

/** `npm run test:hid`: the app's scanner port on virtual HID scanners, in a guest. See test/hid/README.md. */
const SECONDS = '300'
const needed = (program: string, debianPackage: string): SystemProgram => ({
  program,
  also: [],
  debianPackage,
  why: 'the guest with the virtual scanners',
})

async function main(): Promise<number> {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) {
    process.stdout.write('HID scanners are not tested here: the guest needs Debian. 0 passed, 0 failed\n')
    return 0
  }
  try {
    const say = (line: string) => void process.stdout.write(`${line}\n`)
    await ensureProgram(needed('qemu-system-x86_64', 'qemu-system-x86'), say)
    await ensureProgram(needed('busybox', 'busybox-static'), say)
    await ensureProgram(needed('cpio', 'cpio'), say)
  } catch (error) {
    process.stdout.write(`HID scanners are not tested here: ${(error as Error).message}\n0 passed, 0 failed\n`)
    return 0
  }
  return await run('bash', ['test/hid/guest.sh', SECONDS, process.execPath, 'test/hid/scanners.ts'])
}

process.exitCode = await main()

import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

/**
 * Loaded for its effect, before anything else: what Node has compiled, types taken out, is kept beside the packages, so
 * that a program of hundreds of modules starts at less cost the next time. So do the processes that it starts.
 */
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled')
enableCompileCache(process.env.NODE_COMPILE_CACHE)

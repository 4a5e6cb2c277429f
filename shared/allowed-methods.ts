/** Which methods an address takes, so that another one is answered 405 and not as if nothing were there. */
export interface AllowedMethods {
  /** A route, as it is written: "/v1/quotes/:id". */
  readonly add: (methods: string | readonly string[], route: string) => void
  /** The methods of every route that the address of a request leads to, sorted; none: nothing is there. */
  readonly of: (address: string) => readonly string[]
}

export function allowedMethods(): AllowedMethods {
  const routes = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>()
  return {
    add: (methods, route) => {
      let known = routes.get(route)
      if (known === undefined) {
        known = { pattern: patternOf(route), methods: new Set() }
        routes.set(route, known)
      }
      for (const method of typeof methods === 'string' ? [methods] : methods) known.methods.add(method)
    },
    of: (address) => {
      const path = address.replace(/[?#].*$/s, '')
      const found = [...routes.values()].filter(({ pattern }) => pattern.test(path))
      return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort()
    },
  }
}

/** A part of a route that begins with a colon stands for any part of an address. */
function patternOf(route: string): RegExp {
  const parts = route.split('/').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.map((part) => part.replace(/^:\w+/, '[^/]+')).join('/')}$`)
}

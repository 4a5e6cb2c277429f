/** Tasks of one name one after the other, whatever became of those before; other names do not wait. */
export function inTurns(): <T>(name: string, task: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>()
  return (name, task) => {
    const own = (last.get(name) ?? Promise.resolve()).then(task)
    const over: Promise<unknown> = own
      .catch(() => undefined) // whoever asked hears of it
      .then(() => {
        if (last.get(name) === over) last.delete(name)
      })
    last.set(name, over)
    return own
  }
}

// What goes wrong during a soak, drawn by lot: every other second something is reloaded, killed, reset or replaced.

const pause = (ms, signal) =>
  new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', over)
      resolve()
    }
    const timer = setTimeout(over, ms)
    signal.addEventListener('abort', over)
  })

/** The faults of one relayed connection: none for four in five. A changed byte only where TLS can notice it. */
export function faultsByLot(random, secured) {
  if (!random.chance(0.2)) return []
  const at = random.below(secured ? 6_000 : 4_000)
  const direction = random.chance(0.7) ? 'toClient' : 'toServer'
  const kind = random.pick([
    'cut',
    'reset',
    'halfClose',
    'stall',
    'drip',
    'delay',
    ...(secured ? ['corrupt'] : []),
  ])
  if (kind === 'delay') return [{ kind, direction, at, ms: random.below(80) }]
  if (kind === 'drip') return [{ kind, direction, at, bytes: 1 + random.below(900) }]
  return [{ kind, direction, at }]
}

/** Makes trouble until the signal says stop. `count(name)` books each event. */
export async function makeTrouble({ random, servers, relays, renewPools, count, signal }) {
  const relayed = () => relays.flatMap(({ connections }) => connections.filter(({ isOpen }) => isOpen))
  const events = {
    'nginx reloaded': () => servers.nginx.reload(),
    'nginx killed': () => servers.nginx.restart(),
    'application killed': () => servers.origin.restart(),
    'squid killed': () => servers.squid.restart(),
    'relayed connections reset': () => relayed().forEach((each) => void each.reset()),
    'relayed connections cut': () => relayed().forEach((each) => void each.cut()),
    'pools closed and opened': () => renewPools(),
  }
  const names = Object.keys(events)
  while (!signal.aborted) {
    await pause(500 + random.below(1_500), signal)
    if (signal.aborted) return
    const name = random.pick(names)
    await events[name]()
    count(name)
    for (const relay of relays) relay.forgetClosed()
  }
}

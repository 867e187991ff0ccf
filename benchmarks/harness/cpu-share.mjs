// How busy the server was, and how busy everybody else: read from /proc before and after. A server with no idle share left
// is what limits a figure; a machine busy with other things makes all of them noisy. Linux only, `undefined` elsewhere.
import { readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

/** CPU seconds used by a process. Fields 14 and 15 of stat(5), counted behind the name, which may hold spaces. */
function usedBy(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** Busy CPU seconds of the whole machine. */
function usedByAll() {
  const [, user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'latin1').split(/\s+/, 9)
  return (
    [user, nice, system, irq, softirq, steal].reduce((sum, ticks) => sum + Number(ticks), 0) /
    TICKS_PER_SECOND
  )
}

/** Starts a measurement; the returned function ends it: `{ serverIdle, others }`, shares of one core. */
export function watchCpu(serverPids, clientPid) {
  const read = () => ({
    server: serverPids.reduce((sum, pid) => sum + usedBy(pid), 0),
    client: usedBy(clientPid),
    all: usedByAll(),
    at: performance.now(),
  })
  try {
    const before = read()
    return () => {
      const after = read()
      const seconds = (after.at - before.at) / 1000
      const server = after.server - before.server
      const others = after.all - before.all - server - (after.client - before.client)
      return { serverIdle: Math.max(0, 1 - server / seconds), others: Math.max(0, others / seconds) }
    }
  } catch {
    return () => ({ serverIdle: undefined, others: undefined })
  }
}

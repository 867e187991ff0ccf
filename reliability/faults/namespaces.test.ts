// What only a network of one's own can show: no port left for a client, packets of the smallest size there may be, and packets
// that get lost. Needs Linux, `unshare` and `ip`, for the losses `tc` too, and the right to use them; where one is missing the
// tests say so by being skipped.
//
// Packets get lost as on a real line: it is narrow (`tbf`), and its queue short. Doubling and another order are not made here:
// the kernel's `netem` is in few kernels, and TCP shows neither to a program except as delay and as pieces, which the relay of
// the other files makes in every phase.
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const NETWORK = ['-rn', 'sh', '-c']
const hasNetworks =
  process.platform === 'linux' &&
  spawnSync('unshare', [...NETWORK, 'ip link set lo up && test -w /proc/sys/net/ipv4/ip_local_port_range'])
    .status === 0

/** A line of 60 Mbit/s with room for twelve kilobytes that have to wait: several uploads at once are too much for it. */
const NARROW = 'ip link set lo up mtu 1500 && tc qdisc add dev lo root tbf rate 60mbit burst 5000 limit 12000'
const hasNarrowLines = hasNetworks && spawnSync('unshare', [...NETWORK, NARROW]).status === 0

/** What the script says, and behind it what `then` says, a line of JSON each. */
async function inNetwork(setUp: string, script: string, then = ':'): Promise<unknown[]> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn('unshare', [
    ...NETWORK,
    `${setUp} && "$0" "$@" && echo && ${then}`,
    process.execPath,
    path,
  ])
  let said = ''
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString()
  })
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  await new Promise((resolve) => child.once('close', resolve))
  expect(complaint).toBe('')
  const lines = said.trim().split('\n')
  return lines.map((line): unknown => JSON.parse(line))
}

it.skipIf(!hasNetworks)('a process without a free port gets typed failures, and recovers', async () => {
  const tenPorts = 'ip link set lo up && echo 40000 40009 > /proc/sys/net/ipv4/ip_local_port_range'
  expect(await inNetwork(tenPorts, 'without-ports.mjs')).toEqual([
    { outcomes: ['200', 'NewConnectionError connect nothing EADDRNOTAVAIL'], again: ['200'], busy: 0 },
  ])
})

it.skipIf(!hasNetworks)('packets of 576 bytes carry every body whole', async () => {
  const small = 'ip link set lo up mtu 576'
  expect(await inNetwork(small, 'echoed-bodies.mjs')).toEqual([{ same: 24, of: 24 }])
})

it.skipIf(!hasNarrowLines)('a line that loses packets carries every body whole', async () => {
  const [bodies, line] = await inNetwork(NARROW, 'echoed-bodies.mjs', 'tc -s -j qdisc show dev lo')
  expect(bodies).toEqual({ same: 24, of: 24 })
  const [{ drops, packets }] = line as [{ drops: number; packets: number }]
  // A tenth at least, or the line was not as narrow as it should have been.
  expect(drops).toBeGreaterThan(packets / 10)
})

// What only a network of one's own can show: no port left for a client, packets of the smallest size there may be, and packets
// that get lost. Needs Linux, `unshare` and `ip`, for the losses `tc` too, and the right to use them; where one is missing the
// tests say so by being skipped.
//
// Packets get lost as on a real line: it is narrow (`tbf`), and its queue short. They come late as on one whose queue is long.
// They come twice since each is mirrored, and in another order since some take a slower way (`htb`, chosen by a bit of their
// sequence number): the kernel's `netem`, which makes all of it, is in few kernels. That it happened is read from the kernel.
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

/** A line of 4 Mbit/s with room for 200 kilobytes: nothing is lost, and a packet that comes last waits for 400 milliseconds. */
const SLOW = 'ip link set lo up mtu 1500 && tc qdisc add dev lo root tbf rate 4mbit burst 5000 limit 200000'

/** Whatever is sent comes in once more. */
const DOUBLE = [
  'ip link set lo up mtu 1500',
  'tc qdisc add dev lo clsact',
  'tc filter add dev lo egress protocol ip u32 match u32 0 0 at 0 action mirred ingress mirror dev lo',
].join(' && ')

/** Every other four kilobytes (the bit 0x10 in the second lowest byte of TCP's sequence number) take a way of 40 Mbit/s. */
const DISORDER = [
  'ip link set lo up mtu 1500',
  'tc qdisc add dev lo root handle 1: htb default 1 r2q 1000',
  'tc class add dev lo parent 1: classid 1:1 htb rate 1gbit burst 100k',
  'tc class add dev lo parent 1: classid 1:2 htb rate 40mbit burst 3000 cburst 3000',
  'tc filter add dev lo parent 1: protocol ip u32 match u8 6 0xff at 9 match u8 0x10 0x10 at 26 flowid 1:2',
].join(' && ')
const hasDouble = hasNetworks && spawnSync('unshare', [...NETWORK, DOUBLE]).status === 0
const hasDisorder = hasNetworks && spawnSync('unshare', [...NETWORK, DISORDER]).status === 0

/** Prints what the kernel has counted about TCP in this network: a line of names, a line of numbers. */
const COUNTERS = `grep '^TcpExt' /proc/net/netstat | sed 's/.*/"&"/'`

function counted(name: string, [names, numbers]: readonly unknown[]): number {
  return Number(String(numbers).split(' ')[String(names).split(' ').indexOf(name)])
}

/** What the script (`file argument…`) says, and behind it what `then` says, a line of JSON each. */
async function inNetwork(setUp: string, script: string, then = ':'): Promise<unknown[]> {
  const [file = '', ...args] = script.split(' ')
  const path = fileURLToPath(new URL(file, import.meta.url))
  const run = `${setUp} && "$0" "$@" && echo && ${then}`
  const child = spawn('unshare', [...NETWORK, run, process.execPath, path, ...args])
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
  expect(drops, 'packets lost').toBeGreaterThan(packets / 10)
})

it.skipIf(!hasNarrowLines)('a line on which everything comes late carries every body whole', async () => {
  const [bodies, line] = await inNetwork(SLOW, 'echoed-bodies.mjs 5', 'tc -s -j qdisc show dev lo')
  expect(bodies).toEqual({ same: 5, of: 5 })
  const [{ overlimits, packets }] = line as [{ overlimits: number; packets: number }]
  // Packets stood in its queue, or it was no slow line.
  expect(overlimits, 'packets that had to wait').toBeGreaterThan(packets / 10)
})

it.skipIf(!hasDouble)('a line on which every packet comes twice carries every body whole', async () => {
  const [bodies, ...counters] = await inNetwork(DOUBLE, 'echoed-bodies.mjs', COUNTERS)
  expect(bodies).toEqual({ same: 24, of: 24 })
  // What TCP said to have got before.
  expect(counted('TCPDSACKRecv', counters), 'told to have come twice').toBeGreaterThan(24)
})

it.skipIf(!hasDisorder)('a line on which packets overtake each other carries every body whole', async () => {
  const [bodies, ...counters] = await inNetwork(DISORDER, 'echoed-bodies.mjs', COUNTERS)
  expect(bodies).toEqual({ same: 24, of: 24 })
  // What had come before its predecessors.
  expect(counted('TCPOFOQueue', counters), 'came before its turn').toBeGreaterThan(3)
})

/** squid, tinyproxy and dante, as these tests want them. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Certificate } from '@rockpool/testkit'
import { onTestFinished } from 'vitest'
import { type Daemon, daemon, isInstalled } from './daemon.js'

const SQUID = process.env.SQUID ?? '/usr/sbin/squid'
const TINYPROXY = process.env.TINYPROXY ?? '/usr/bin/tinyproxy'
const DANTE = process.env.DANTED ?? '/usr/sbin/danted'
const SQUID_LIBRARY = process.env.SQUID_LIBRARY ?? '/usr/lib/squid'

/** The name and password that every one of them knows. */
export const USER = 'rockpool'
export const PASSWORD = 'p@ss:w/rd'

export const hasSquid = isInstalled(SQUID, '-v')
export const hasTinyproxy = isInstalled(TINYPROXY, '-v')
export const hasDante = isInstalled(DANTE, '-v')

export interface SquidOptions {
  /** Listen with TLS. */
  readonly certificate?: Certificate
  readonly auth?: 'basic' | 'digest'
  /** Further lines, before everything is allowed. */
  readonly rules?: string
}

export function squid({ certificate, auth, rules = '' }: SquidOptions = {}): Promise<Daemon> {
  const listen =
    certificate === undefined
      ? 'http_port 127.0.0.1:{port}'
      : 'https_port 127.0.0.1:{port} tls-cert={dir}/cert.pem tls-key={dir}/key.pem'
  const helper = auth === 'digest' ? `digest_file_auth {dir}/users` : `basic_ncsa_auth {dir}/users`
  const authentication =
    auth === undefined
      ? ''
      : `auth_param ${auth} program ${SQUID_LIBRARY}/${helper}
         auth_param ${auth} realm the pond
         auth_param ${auth} children 1 startup=1
         acl known proxy_auth REQUIRED
         http_access deny !known`
  const users =
    auth === 'digest'
      ? `${USER}:${PASSWORD.replaceAll(':', '')}\n`
      : `${USER}:${execFileSync('openssl', ['passwd', '-apr1', PASSWORD]).toString().trim()}\n`
  const configuration = `
    ${listen}
    pid_filename none
    cache deny all
    access_log none
    cache_log {dir}/cache.log
    coredump_dir {dir}
    pinger_enable off
    shutdown_lifetime 0 seconds
    forwarded_for off
    via off
    ${authentication}
    acl blocked dstdomain blocked.test
    http_access deny blocked
    ${rules}
    http_access allow all`
  return daemon({
    binary: SQUID,
    command: ['-N', '-f', '{dir}/squid.conf'],
    files: {
      'squid.conf': configuration.replaceAll(/^ +/gm, ''),
      users,
      ...(certificate !== undefined && { 'cert.pem': certificate.chain, 'key.pem': certificate.key }),
    },
  })
}

export function tinyproxy(
  options: { readonly auth?: boolean; readonly filter?: string } = {},
): Promise<Daemon> {
  const lines = ['Port {port}', 'Listen 127.0.0.1', 'Timeout 60', 'MaxClients 100', 'LogLevel Error']
  if (options.auth === true) lines.push(`BasicAuth ${USER} ${PASSWORD.replaceAll(/[^a-z]/g, '')}`)
  if (options.filter !== undefined) lines.push('Filter "{dir}/filter"')
  return daemon({
    binary: TINYPROXY,
    command: ['-d', '-c', '{dir}/tinyproxy.conf'],
    files: { 'tinyproxy.conf': `${lines.join('\n')}\n`, filter: `${options.filter ?? ''}\n` },
  })
}

/**
 * dante asks the system for passwords. It is shown one that has our user, in a mount namespace of its own; where mounting is
 * not allowed, as in the containers of CI, the user is added to the system for the length of the test.
 */
export function dante(options: { readonly auth?: boolean } = {}): Promise<Daemon> {
  const auth = options.auth === true
  const files: Record<string, string> = {
    'danted.conf': `
      logoutput: {dir}/log
      internal: 127.0.0.1 port = {port}
      external: 127.0.0.1
      clientmethod: none
      socksmethod: ${auth ? 'username' : 'none'}
      user.privileged: ${isRoot ? 'root' : (process.env.USER ?? 'nobody')}
      user.unprivileged: nobody
      client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
      socks block { from: 127.0.0.0/8 to: blocked.test }
      socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }`,
  }
  const plainly = { binary: DANTE, command: ['-f', '{dir}/danted.conf'], files }
  if (!auth) return daemon(plainly)
  const hash = execFileSync('openssl', ['passwd', '-6', PASSWORD]).toString().trim()
  if (!canMount) {
    execFileSync('useradd', ['--no-create-home', '--password', hash, USER])
    onTestFinished(() => void execFileSync('userdel', [USER]))
    return daemon(plainly)
  }
  files.passwd = `${readFileSync('/etc/passwd', 'utf8')}${USER}:x:65000:65000::/nonexistent:/bin/false\n`
  files.shadow = `${readFileSync('/etc/shadow', 'utf8')}${USER}:${hash}:19000:0:99999:7:::\n`
  files.run = `mount --bind {dir}/passwd /etc/passwd && mount --bind {dir}/shadow /etc/shadow && exec ${DANTE} -f {dir}/danted.conf\n`
  return daemon({ binary: 'unshare', command: ['--mount', 'sh', '{dir}/run'], files })
}

const isRoot = process.getuid?.() === 0
const canMount = isRoot && succeeds('unshare', '--mount', 'true')

/** Whether a user of our own can be shown to dante. */
export const canAuthenticateWithDante: boolean =
  hasDante && (canMount || (isRoot && process.env.CI === 'true'))

function succeeds(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

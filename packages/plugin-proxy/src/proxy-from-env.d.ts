// The package ships no types. Only what environment.ts uses.
declare module 'proxy-from-env' {
  /** The proxy's URL for a target, or an empty string. */
  export function getProxyForUrl(url: {
    readonly protocol: string
    readonly host: string
    readonly port: string
  }): string
}

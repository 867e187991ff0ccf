/**
 * The public surface of urllib3 2.x, by name: what somebody who comes from there looks for. docs/from-urllib3.md has a word
 * on each.
 */

const words = (text: string): string[] => text.trim().split(/\s+/)

/** By where one meets them in urllib3. */
export const urllib3Names: Readonly<Record<string, readonly string[]>> = {
  pools: words(`
    ConnectionPool HTTPConnectionPool HTTPSConnectionPool connection_from_url PoolManager ProxyManager proxy_from_url
    SOCKSProxyManager urllib3.request RecentlyUsedContainer ProxyConfig PoolKey QueueCls ConnectionCls scheme
    _get_conn _put_conn _new_conn _make_request _normalize_host _close_pool_connections _url_from_pool`),
  'parameters of a pool': words(`
    host port timeout maxsize block headers retries source_address socket_options blocksize _proxy _proxy_headers
    _proxy_config conn_kw num_connections num_requests`),
  'parameters of TLS': words(`
    cert_reqs ca_certs ca_cert_dir ca_cert_data ssl_context ssl_minimum_version ssl_maximum_version ssl_version cert_file
    key_file key_password server_hostname assert_hostname assert_fingerprint SSLKEYLOGFILE create_urllib3_context
    ssl_wrap_socket resolve_cert_reqs resolve_ssl_version`),
  'methods of a pool': words(`
    urlopen request request_encode_url request_encode_body is_same_host close __enter__ __exit__`),
  'parameters of a request': words(`
    method url body headers retries redirect assert_same_host timeout pool_timeout release_conn chunked body_pos
    preload_content decode_content enforce_content_length fields json encode_multipart multipart_boundary`),
  forms: words(
    `encode_multipart_formdata RequestField guess_content_type choose_boundary format_header_param`,
  ),
  'a manager': words(`
    num_pools clear connection_from_host connection_from_context connection_from_pool_key key_fn_by_scheme
    pool_classes_by_scheme connection_pool_kw`),
  'a proxy': words(`
    proxy_headers proxy_ssl_context use_forwarding_for_https proxy_assert_hostname proxy_assert_fingerprint
    connection_requires_http_tunnel SOCKSHTTPConnectionPool SOCKSConnection SOCKSHTTPSConnection username password`),
  'time-outs': words(`
    Timeout total connect read from_float DEFAULT_TIMEOUT connect_timeout read_timeout start_connect
    get_connect_duration clone`),
  retries: words(`
    Retry total connect read redirect status other allowed_methods status_forcelist backoff_factor backoff_max
    raise_on_redirect raise_on_status history respect_retry_after_header remove_headers_on_redirect backoff_jitter
    retry_after_max RETRY_AFTER_STATUS_CODES DEFAULT_ALLOWED_METHODS DEFAULT_REMOVE_HEADERS_ON_REDIRECT
    DEFAULT_BACKOFF_MAX DEFAULT_RETRY_AFTER_MAX from_int new increment is_retry is_exhausted get_backoff_time
    parse_retry_after get_retry_after sleep RequestHistory Retry.DEFAULT`),
  'a response': words(`
    HTTPResponse BaseHTTPResponse status reason headers version version_string data json read read1 readinto stream
    read_chunked drain_conn release_conn close shutdown closed isclosed auto_close tell length_remaining retries
    connection fileno flush readable supports_chunked_reads get_redirect_location getheader getheaders info geturl
    DeflateDecoder GzipDecoder BrotliDecoder ZstdDecoder MultiDecoder readline`),
  headers: words(`
    HTTPHeaderDict getlist add discard items extend update itermerged setdefault copy iget get_all getallmatchingheaders
    make_headers keep_alive accept_encoding user_agent basic_auth proxy_basic_auth disable_cache SKIP_HEADER`),
  'a connection': words(`
    HTTPConnection HTTPSConnection is_closed is_connected has_connected_to_proxy is_verified proxy_is_verified
    proxy_is_forwarding proxy_is_tunneling set_tunnel getresponse request_chunked create_connection`),
  urls: words('parse_url Url urlencode Url.request_uri Url.netloc Url.authority'),
  errors: words(`
    HTTPError PoolError EmptyPoolError FullPoolError ClosedPoolError RequestError MaxRetryError HostChangedError
    TimeoutError ReadTimeoutError ConnectTimeoutError NewConnectionError NameResolutionError TimeoutStateError SSLError
    ProxyError ProtocolError ConnectionError IncompleteRead InvalidChunkLength ResponseNotChunked
    BodyNotHttplibCompatible DecodeError InvalidHeader HeaderParsingError UnrewindableBodyError ResponseError
    LocationValueError LocationParseError URLSchemeUnknown ProxySchemeUnknown ProxySchemeUnsupported CertificateError`),
  warnings: words(`
    HTTPWarning SecurityWarning InsecureRequestWarning NotOpenSSLWarning SystemTimeWarning InsecurePlatformWarning
    DependencyWarning disable_warnings add_stderr_logger`),
  'the rest': words('urllib3.http2.inject_into_urllib3 urllib3.contrib.pyopenssl urllib3.__version__'),
}

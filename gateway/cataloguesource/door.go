package cataloguesource

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// errForbidden says that an address is none that the gateway reads for somebody.
var errForbidden = errors.New("catalogue source: this address is not read")

// Bounds of connections.
const (
	connectWithin = 10 * time.Second
	headersWithin = 30 * time.Second
	maxHeaders    = 64 << 10
	maxRedirects  = 3
)

// Door is the way to addresses that others name. It leads over HTTPS to public
// addresses; the hosts in Allowed, as "host" or "host:port", may be private and be
// read over HTTP. Names are looked up once and the address that is connected to is
// the one that was checked.
type Door struct{ Allowed []string }

// Check refuses an address by what it says: errForbidden.
func (d Door) Check(address *url.URL) error {
	allowed := d.allows(address.Host)
	if address.Hostname() == "" || address.User != nil || address.Opaque != "" {
		return errForbidden
	}
	if address.Scheme != "https" && (address.Scheme != "http" || !allowed) {
		return fmt.Errorf("%w: %s", errForbidden, address.Scheme)
	}
	if allowed {
		return nil
	}
	if ip, err := netip.ParseAddr(address.Hostname()); err == nil && !isPublic(ip) {
		return fmt.Errorf("%w: %s", errForbidden, ip)
	}
	return nil
}

// allows reports whether an operator has let a host through, with or without its port.
func (d Door) allows(host string) bool {
	host = strings.ToLower(host)
	name := host
	if bare, _, err := net.SplitHostPort(host); err == nil {
		name = bare
	}
	return slices.ContainsFunc(d.Allowed, func(known string) bool { return strings.EqualFold(known, host) || strings.EqualFold(known, name) })
}

// client makes what goes through the door. No proxy of the environment is used: it
// would connect to what it is told.
func (d Door) client() *http.Client {
	transport := &http.Transport{DialContext: d.dial, TLSHandshakeTimeout: connectWithin, ResponseHeaderTimeout: headersWithin,
		MaxResponseHeaderBytes: maxHeaders, DisableKeepAlives: true, ForceAttemptHTTP2: true}
	return &http.Client{Transport: transport, CheckRedirect: func(next *http.Request, before []*http.Request) error {
		if len(before) > maxRedirects {
			return fmt.Errorf("%w: more than %d redirects", errForbidden, maxRedirects)
		}
		return d.Check(next.URL)
	}}
}

func (d Door) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: connectWithin}
	if !d.allows(address) {
		dialer.Control = func(_, resolved string, _ syscall.RawConn) error {
			place, err := netip.ParseAddrPort(resolved)
			if err != nil || !isPublic(place.Addr()) {
				return fmt.Errorf("%w: %s", errForbidden, resolved)
			}
			return nil
		}
	}
	return dialer.DialContext(ctx, network, address)
}

// reserved are networks that no public service has an address in, beside those that
// the standard library knows; the last ones carry IPv4 addresses inside.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("3fff::/20"), netip.MustParsePrefix("5f00::/16"), netip.MustParsePrefix("fec0::/10"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"),
}

// isPublic reports whether an address can be one of a service on the internet.
func isPublic(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	return address.IsGlobalUnicast() && !address.IsPrivate() && !slices.ContainsFunc(reserved, func(network netip.Prefix) bool { return network.Contains(address) })
}

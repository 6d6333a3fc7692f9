package account

import (
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
	"golang.org/x/time/rate"
)

// Limits of failing logins. The first is what a person who mistypes meets; the
// second stops one address from trying many accounts, the third many addresses
// from trying one account.
const (
	pairBurst    = 5
	addressBurst = 30
	accountBurst = 50
	pairPace     = 30 * time.Second
	addressPace  = 2 * time.Second
	accountPace  = 5 * time.Second

	throttleMemory = 20_000 // pairs, addresses or accounts remembered
	throttleKeeps  = time.Hour
)

// throttle counts login attempts. It is safe for concurrent use.
type throttle struct {
	pairs, addresses, accounts *limits
}

func newThrottle() *throttle {
	return &throttle{
		pairs:     newLimits(pairPace, pairBurst),
		addresses: newLimits(addressPace, addressBurst),
		accounts:  newLimits(accountPace, accountBurst),
	}
}

// allow reports whether an attempt may be made now; forgive gives it back after a
// success.
func (t *throttle) allow(name, address string, now time.Time) bool {
	return t.addresses.of(address).AllowN(now, 1) && t.pairs.of(name+"\x00"+address).AllowN(now, 1) && t.accounts.of(name).AllowN(now, 1)
}

func (t *throttle) forgive(name, address string) {
	t.pairs.forget(name + "\x00" + address)
}

type limits struct {
	pace  time.Duration
	burst int
	known *expirable.LRU[string, *rate.Limiter]
}

func newLimits(pace time.Duration, burst int) *limits {
	return &limits{pace: pace, burst: burst, known: expirable.NewLRU[string, *rate.Limiter](throttleMemory, nil, throttleKeeps)}
}

func (l *limits) of(key string) *rate.Limiter {
	if limiter, ok := l.known.Get(key); ok {
		return limiter
	}
	limiter := rate.NewLimiter(rate.Every(l.pace), l.burst)
	l.known.Add(key, limiter)
	return limiter
}

func (l *limits) forget(key string) { l.known.Remove(key) }

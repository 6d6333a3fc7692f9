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

// throttle counts failing logins. It is safe for concurrent use.
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

// attempt is one login under way. It counts as failed until it is forgiven.
type attempt struct {
	at       time.Time
	reserved []*rate.Reservation
}

// begin counts an attempt, or reports that none may be made now.
func (t *throttle) begin(name, address string, now time.Time) (attempt, bool) {
	made := attempt{at: now}
	for _, limiter := range []*rate.Limiter{t.addresses.of(address), t.pairs.of(name + "\x00" + address), t.accounts.of(name)} {
		reserved := limiter.ReserveN(now, 1)
		if reserved.DelayFrom(now) > 0 {
			reserved.CancelAt(now)
			made.forgive()
			return attempt{}, false
		}
		made.reserved = append(made.reserved, reserved)
	}
	return made, true
}

// forgive gives the attempt back: many people may log in from one address.
func (a attempt) forgive() {
	for _, reserved := range a.reserved {
		reserved.CancelAt(a.at)
	}
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

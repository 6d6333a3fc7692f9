package throttle

import (
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
	"golang.org/x/time/rate"
)

// What a throttle remembers, of each of its limits.
const (
	memory = 20_000 // keys
	keeps  = time.Hour
)

// Limit allows Burst failures of one key at once, and then one every Pace.
type Limit struct {
	Burst int
	Pace  time.Duration
}

// Throttle counts failures under several limits. It is safe for concurrent use.
type Throttle struct{ limits []*limiters }

// New makes a Throttle; Begin takes one key for each limit, in the same order.
func New(limits ...Limit) *Throttle {
	made := &Throttle{}
	for _, limit := range limits {
		made.limits = append(made.limits, &limiters{limit, expirable.NewLRU[string, *rate.Limiter](memory, nil, keeps)})
	}
	return made
}

// Attempt is one attempt under way. It counts as failed until it is forgiven.
type Attempt struct {
	at       time.Time
	reserved []*rate.Reservation
}

// Begin counts an attempt, or reports that none may be made now; that costs
// nothing.
func (t *Throttle) Begin(now time.Time, keys ...string) (Attempt, bool) {
	made := Attempt{at: now}
	for i, limit := range t.limits {
		reserved := limit.of(keys[i]).ReserveN(now, 1)
		if reserved.DelayFrom(now) > 0 {
			reserved.CancelAt(now)
			made.Forgive()
			return Attempt{}, false
		}
		made.reserved = append(made.reserved, reserved)
	}
	return made, true
}

// Forgive gives the attempt back: many people may succeed from one address.
func (a Attempt) Forgive() {
	for _, reserved := range a.reserved {
		reserved.CancelAt(a.at)
	}
}

type limiters struct {
	Limit
	known *expirable.LRU[string, *rate.Limiter]
}

func (l *limiters) of(key string) *rate.Limiter {
	if limiter, ok := l.known.Get(key); ok {
		return limiter
	}
	limiter := rate.NewLimiter(rate.Every(l.Pace), l.Burst)
	l.known.Add(key, limiter)
	return limiter
}

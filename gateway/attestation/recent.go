package attestation

import (
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
	"golang.org/x/sync/singleflight"

	"dengji/verify/artefact"
)

// RecentLife is how old an attestation may be that is given to those who name no
// nonce of their own. Its age is in it: the ledger's time of the answer.
const RecentLife = 10 * time.Second

// recentCodes bounds the attestations that are kept, of about 4 kB each.
const recentCodes = 2000

// recent keeps the newest attestation of each code for a short time, so that a slip
// that many look at costs the organisations one signature each now and then. It is
// safe for concurrent use.
type recent struct {
	kept    *expirable.LRU[string, artefact.AttestationBundle]
	asking  singleflight.Group
	collect func(code string) (artefact.AttestationBundle, error)
}

func newRecent(life time.Duration, collect func(code string) (artefact.AttestationBundle, error)) *recent {
	return &recent{kept: expirable.NewLRU[string, artefact.AttestationBundle](recentCodes, nil, life), collect: collect}
}

// get gives the attestation that is kept, or asks; those who ask at once share one
// answer. Failures are not kept.
func (r *recent) get(code string) (artefact.AttestationBundle, error) {
	if bundle, kept := r.kept.Get(code); kept {
		return bundle, nil
	}
	made, err, _ := r.asking.Do(code, func() (any, error) {
		bundle, err := r.collect(code)
		if err == nil {
			r.kept.Add(code, bundle)
		}
		return bundle, err
	})
	if err != nil {
		return artefact.AttestationBundle{}, err
	}
	return made.(artefact.AttestationBundle), nil
}

package procedure

import (
	"slices"
	"strconv"
	"strings"

	"dengji/chaincode/canonical"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// Thing names what can be registered once, without a claim on it.
type Thing struct {
	Holder, Name string
	Kind         ledger.Kind
}

// ThingsOf lists what an application or registration is about: of a data resource,
// each of its catalogue entries; of a product or service, its registrant and the
// name of the product.
func ThingsOf(kind ledger.Kind, registrant string, entries []ledger.EntryReference, dataName string) []Thing {
	if kind != ledger.KindResource {
		name := strings.ToLower(strings.Join(strings.Fields(dataName), " "))
		return []Thing{{registrant, canonical.DigestOf([]byte(name)), kind}}
	}
	things := make([]Thing, len(entries))
	for i, entry := range entries {
		things[i] = Thing{entry.Provider, entry.Identifier, kind}
	}
	return things
}

func applicationThings(a *ledger.Application) []Thing {
	return ThingsOf(a.Kind, a.Registrant, a.Entries, a.Publicised.DataName)
}

func registrationThings(r *ledger.Registration) []Thing {
	return ThingsOf(r.Kind, r.Registrant, r.Entries, r.Publicised.DataName)
}

// Things lists everything whose claims a decision on the case can need, each once:
// those of the application as it is and as the request would make it, and those of
// the registration.
func Things(c Case, request ledger.ActRequest) []Thing {
	var things []Thing
	if a := c.Application; a != nil {
		things = append(things, applicationThings(a)...)
		if request.Fields != nil && request.Fields.DataName != "" {
			things = append(things, ThingsOf(a.Kind, a.Registrant, a.Entries, request.Fields.DataName)...)
		}
	}
	if c.Registration != nil {
		things = append(things, registrationThings(c.Registration)...)
	}
	var unique []Thing
	for _, thing := range things {
		if !slices.Contains(unique, thing) {
			unique = append(unique, thing)
		}
	}
	return unique
}

// claim gives the claim on a thing, made when nobody had one.
func (d *decision) claim(thing Thing) *ledger.Claim {
	for i := range d.change.Claims {
		c := &d.change.Claims[i]
		if c.Holder == thing.Holder && c.Thing == thing.Name && c.Kind == thing.Kind {
			return c
		}
	}
	d.change.Claims = append(d.change.Claims, ledger.Claim{Holder: thing.Holder, Thing: thing.Name, Kind: thing.Kind})
	return &d.change.Claims[len(d.change.Claims)-1]
}

// claimed notes a changed claim, once, in its newest form.
func (d *decision) claimed(c *ledger.Claim) {
	same := func(other ledger.Claim) bool {
		return other.Holder == c.Holder && other.Thing == c.Thing && other.Kind == c.Kind
	}
	if i := slices.IndexFunc(d.change.Claimed, same); i >= 0 {
		d.change.Claimed[i] = *c
		return
	}
	d.change.Claimed = append(d.change.Claimed, *c)
}

// fileClaims enters the application with every thing that it is about, and notes
// who else claims it (Art. 20).
func (d *decision) fileClaims() error {
	a := d.change.Application
	a.Duplicates = nil
	for _, thing := range applicationThings(a) {
		c := d.claim(thing)
		if c.Registration != "" && c.Registration != a.Registration {
			noteDuplicate(a, c.Registration)
		}
		for _, other := range c.Applications {
			if other != a.ID {
				noteDuplicate(a, other)
			}
		}
		if slices.Contains(c.Applications, a.ID) {
			continue
		}
		if len(c.Applications) >= ledger.MaxPendingClaims {
			return fault.New(fault.TooManyItems, fault.Field("entries"), fault.Article("20"),
				fault.Value("limit", strconv.Itoa(ledger.MaxPendingClaims)))
		}
		c.Applications = append(c.Applications, a.ID)
		d.claimed(c)
	}
	return nil
}

func noteDuplicate(a *ledger.Application, other string) {
	if !slices.Contains(a.Duplicates, other) && len(a.Duplicates) < ledger.MaxEntriesPerApplication {
		a.Duplicates = append(a.Duplicates, other)
	}
}

// releaseClaims takes the application out of the claims on some things.
func (d *decision) releaseClaims(things []Thing) {
	for _, thing := range things {
		c := d.claim(thing)
		if i := slices.Index(c.Applications, d.change.Application.ID); i >= 0 {
			c.Applications = slices.Delete(c.Applications, i, i+1)
			d.claimed(c)
		}
	}
}

// settleClaims makes the things of a registration's new version its own and frees
// those that it no longer covers.
func (d *decision) settleClaims(before []Thing, r *ledger.Registration) {
	for _, thing := range before {
		c := d.claim(thing)
		if c.Registration == r.Code {
			c.Registration = ""
			d.claimed(c)
		}
	}
	if r.Status != ledger.RegistrationActive {
		return
	}
	for _, thing := range registrationThings(r) {
		c := d.claim(thing)
		c.Registration = r.Code
		d.claimed(c)
	}
}

// resourceFree refuses a second live registration of one thing.
func resourceFree(d *decision) error {
	a := d.change.Application
	for _, thing := range applicationThings(a) {
		if c := d.claim(thing); c.Registration != "" && c.Registration != a.Registration {
			return fault.New(fault.AlreadyRegistered, fault.Value("registration", c.Registration))
		}
	}
	return nil
}

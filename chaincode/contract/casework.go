package contract

import (
	"slices"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/anchor"
	"dengji/chaincode/rules/procedure"
	"dengji/chaincode/rules/workday"
	"dengji/chaincode/runtime"
)

// settingUnder reads what surrounds a decision: the pack that a record stands
// under, or the one in force for an empty name, the calendars of every year that
// the given days and new periods can reach, and whether the registrar may act.
func settingUnder(t *runtime.Transaction, pack string, days ...string) (procedure.Setting, error) {
	record, err := packNamed(t, pack)
	if err != nil {
		return procedure.Setting{}, err
	}
	first, last := yearsOf(t.Today(), record.Pack, days)
	calendars, err := loadCalendars(t, first, last)
	if err != nil {
		return procedure.Setting{}, err
	}
	standing, _, err := runtime.Get[ledger.RegistrarStanding](t, ledger.RegistrarStandingKey())
	if err != nil {
		return procedure.Setting{}, err
	}
	return procedure.Setting{Pack: record.Pack, Network: t.Network(), Calendars: calendars, Actor: t.Actor(),
		Now: t.Now(), TxID: t.TxID(), Disqualified: standing.Disqualified}, nil
}

// packNamed reads the pack "id@version", or the one in force for "".
func packNamed(t *runtime.Transaction, name string) (ledger.RulePackRecord, error) {
	if name == "" {
		return packInEffect(t)
	}
	reference, err := ledger.ParsePackReference(name)
	if err != nil {
		return ledger.RulePackRecord{}, err
	}
	return runtime.Require[ledger.RulePackRecord](t, ledger.RulePackKey(reference.ID, reference.Version))
}

// yearsOf gives the years from the earliest of the given days to the furthest that
// a period of the pack can reach from today.
func yearsOf(today string, pack ledger.RulePack, days []string) (first, last int) {
	now, err := workday.Parse(today, "today")
	if err != nil {
		return 0, -1
	}
	first = now.Year()
	for _, day := range days {
		if parsed, err := workday.Parse(day, "day"); err == nil {
			first = min(first, parsed.Year())
		}
	}
	longest := 0
	for _, rule := range pack.Clocks {
		longest = max(longest, rule.WorkingDays)
	}
	return first, now.AddDate(0, 0, longest*daysPerWorkingDay).Year()
}

// daysOf lists the days from which a case's clocks run.
func daysOf(clocks []ledger.Deadline) []string {
	days := []string{}
	for _, clock := range clocks {
		days = append(days, clock.Start)
	}
	return days
}

// loadEvidence reads what of some CIDs is anchored by some owners, the first owner
// that has anchored one counts. More than limit are not looked up: the rules refuse
// them by their number.
func loadEvidence(t *runtime.Transaction, into map[string]ledger.Evidence, cids, owners []string, limit int) error {
	if len(cids) > limit {
		return nil
	}
	for _, owner := range slices.Backward(owners) {
		keys := make([]ledger.Key, len(cids))
		for i, cid := range cids {
			keys[i] = ledger.EvidenceKey(owner, cid)
		}
		anchors, err := runtime.GetMany[ledger.Evidence](t, keys)
		if err != nil {
			return err
		}
		for i, anchored := range anchors {
			if anchored != nil {
				into[cids[i]] = *anchored
			}
		}
	}
	return nil
}

// ownersFor lists whose evidence an application can rest on: the applicant's, and
// unless the applicant is somebody else, as of a correction, the registrants'.
func ownersFor(a ledger.Application) []string {
	owners := []string{anchor.Owner(a.Applicant)}
	if a.Type == ledger.TypeCorrection && a.Applicant.USCC != a.Registrant {
		return owners
	}
	owners = append(owners, a.Registrant)
	for _, party := range a.Joint {
		owners = append(owners, party.USCC)
	}
	return owners
}

func cidsOf(materials []ledger.Material) []string {
	cids := make([]string, len(materials))
	for i, m := range materials {
		cids[i] = m.CID
	}
	return cids
}

// loadAround completes a case with everything that a decision on its application
// and registration can need.
func loadAround(t *runtime.Transaction, c *procedure.Case, request ledger.ActRequest, materials []ledger.Material) error {
	c.Evidence = map[string]ledger.Evidence{}
	own := []string{anchor.Owner(t.Actor())}
	if err := loadEvidence(t, c.Evidence, request.Evidence, own, ledger.MaxEvidencePerStep); err != nil {
		return err
	}
	if a := c.Application; a != nil {
		if err := loadEvidence(t, c.Evidence, cidsOf(materials), ownersFor(*a), ledger.MaxMaterials); err != nil {
			return err
		}
		if err := loadConcerned(t, c); err != nil {
			return err
		}
	}
	return loadShared(t, c, request)
}

// loadConcerned reads the entries, the mandate and the registration that an
// application names.
func loadConcerned(t *runtime.Transaction, c *procedure.Case) error {
	a := c.Application
	keys := make([]ledger.Key, len(a.Entries))
	for i, entry := range a.Entries {
		keys[i] = ledger.CatalogKey(entry.Provider, entry.Identifier)
	}
	var err error
	if c.Entries, err = runtime.GetMany[ledger.CatalogEntry](t, keys); err != nil {
		return err
	}
	if c.Mandate == nil && a.Mandate != nil {
		if c.Mandate, err = optional[ledger.Mandate](t, ledger.MandateKey(a.Mandate.Holder, a.Mandate.ID)); err != nil {
			return err
		}
	}
	if c.Registration == nil && a.Registration != "" {
		c.Registration, err = optional[ledger.Registration](t, ledger.RegistrationKey(a.Registration))
	}
	return err
}

// loadShared reads the claims on the case's things and the renewal under way.
func loadShared(t *runtime.Transaction, c *procedure.Case, request ledger.ActRequest) error {
	things := procedure.Things(*c, request)
	keys := make([]ledger.Key, len(things))
	for i, thing := range things {
		keys[i] = ledger.ClaimKey(thing.Holder, thing.Name, thing.Kind)
	}
	claims, err := runtime.GetMany[ledger.Claim](t, keys)
	if err != nil {
		return err
	}
	for _, claim := range claims {
		if claim != nil {
			c.Claims = append(c.Claims, *claim)
		}
	}
	if c.Registration != nil {
		c.Renewal, err = optional[ledger.Renewal](t, ledger.RenewalKey(c.Registration.Code))
	}
	return err
}

// optional reads a record that need not exist: nil where there is none.
func optional[T any](t *runtime.Transaction, key ledger.Key) (*T, error) {
	record, found, err := runtime.Get[T](t, key)
	if err != nil || !found {
		return nil, err
	}
	return &record, nil
}

// officeOrOwn lets the offices read, and a registrant what concerns itself; who
// operates the platform, or takes objections in, has no office.
func officeOrOwn(actor ledger.Actor, concern string) error {
	switch actor.Role {
	case ledger.RoleRegistrant:
		if actor.USCC != concern {
			return fault.New(fault.NotOwner)
		}
	case ledger.RoleParty, ledger.RoleIntake, ledger.RoleOperator:
		return fault.New(fault.RoleNotAllowed)
	}
	return nil
}

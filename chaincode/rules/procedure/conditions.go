package procedure

import "dengji/chaincode/ledger"

// Names of conditions, which choose between rows of one action.
const (
	WhenJointPending         = "joint_pending"         // joint, and no anchored agreement of all
	WhenJointSettled         = "joint_settled"         // not joint, or with an anchored agreement of all
	WhenLastConfirmation     = "last_confirmation"     // every other joint registrant has confirmed
	WhenFurtherConfirmations = "further_confirmations" // some other joint registrant has not
	WhenPublicisedChange     = "publicised_change"     // a first registration, or a publicised field changes
	WhenNoPublicisedChange   = "no_publicised_change"
	WhenConcernsRegistrar    = "concerns_registrar"
	WhenConcernsRegistrant   = "concerns_registrant"
	WhenAuthorised           = "authorised" // within authorised operation (Art. 7)
	WhenEntrusted            = "entrusted"  // filed by the registrar
)

var conditions = map[string]func(*decision) bool{
	WhenJointPending:         func(d *decision) bool { return jointPending(d.change.Application) },
	WhenJointSettled:         func(d *decision) bool { return !jointPending(d.change.Application) },
	WhenLastConfirmation:     func(d *decision) bool { return othersConfirmed(d.change.Application, d.Actor.USCC) },
	WhenFurtherConfirmations: func(d *decision) bool { return !othersConfirmed(d.change.Application, d.Actor.USCC) },
	WhenPublicisedChange:     func(d *decision) bool { return publicisedChange(d.change.Application) },
	WhenNoPublicisedChange:   func(d *decision) bool { return !publicisedChange(d.change.Application) },
	WhenConcernsRegistrar:    func(d *decision) bool { return concernsRegistrar(d.change.Supervision) },
	WhenConcernsRegistrant:   func(d *decision) bool { return !concernsRegistrar(d.change.Supervision) },
	WhenAuthorised:           func(d *decision) bool { return d.change.Application.Authorised },
	WhenEntrusted:            func(d *decision) bool { return filedByRegistrar(d.change.Application) },
}

// MaterialJointAgreement is the material that stands for every joint registrant's
// confirmation (Art. 9).
const MaterialJointAgreement = "joint_agreement"

func jointPending(a *ledger.Application) bool {
	return a.Filing == ledger.FilingJoint && material(a, MaterialJointAgreement) == nil
}

func othersConfirmed(a *ledger.Application, uscc string) bool {
	for _, party := range a.Joint {
		if party.USCC != uscc && !party.Confirmed {
			return false
		}
	}
	return true
}

func publicisedChange(a *ledger.Application) bool {
	return a.Type == ledger.TypeFirst || len(a.Differs) > 0
}

func concernsRegistrar(s *ledger.SupervisionRecord) bool {
	return s != nil && s.Concern == ledger.ConcernRegistrar
}

func material(a *ledger.Application, key string) *ledger.Material {
	for i := range a.Materials {
		if a.Materials[i].Key == key {
			return &a.Materials[i]
		}
	}
	return nil
}

package runtime

import (
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/hyperledger/fabric-chaincode-go/v2/pkg/cid"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/uscc"
)

// maxAttribute is the longest attribute accepted, in code points.
const maxAttribute = 200

// actorOf reads who acts from the submitting certificate. Nothing of it can come
// from an argument.
func actorOf(stub cid.ChaincodeStubInterface) (ledger.Actor, error) {
	identity, err := cid.New(stub)
	if err != nil {
		return ledger.Actor{}, fault.New(fault.InvalidIdentity, fault.Cause(err))
	}
	certificate, err := identity.GetX509Certificate()
	if err != nil || certificate == nil {
		return ledger.Actor{}, fault.New(fault.InvalidIdentity, fault.Detail("an X.509 certificate is expected"), fault.Cause(err))
	}
	msp, err := identity.GetMSPID()
	if err != nil {
		return ledger.Actor{}, fault.New(fault.InvalidIdentity, fault.Cause(err))
	}
	actor := ledger.Actor{MSP: msp, ID: certificate.Subject.CommonName}
	var role string
	for _, attribute := range []struct {
		name string
		into *string
	}{
		{ledger.AttributeRole, &role}, {ledger.AttributeUSCC, &actor.USCC},
		{ledger.AttributeDivision, &actor.Division}, {ledger.AttributeName, &actor.Name},
	} {
		if *attribute.into, _, err = identity.GetAttributeValue(attribute.name); err != nil {
			return ledger.Actor{}, fault.New(fault.InvalidIdentity, fault.Cause(err))
		}
	}
	actor.Role = ledger.Role(role)
	return actor, checkActor(actor)
}

func checkActor(actor ledger.Actor) error {
	if !slices.Contains(ledger.RoleOrganisation[actor.Role], actor.MSP) {
		return fault.New(fault.InvalidIdentity, fault.Field(ledger.AttributeRole),
			fault.Detail("role %q of %s", actor.Role, actor.MSP))
	}
	required := map[ledger.Role][]string{
		ledger.RoleRegistrant: {ledger.AttributeUSCC, ledger.AttributeDivision, ledger.AttributeName},
		ledger.RoleDistrict:   {ledger.AttributeDivision},
	}[actor.Role]
	values := []struct{ name, value string }{
		{"id", actor.ID}, {ledger.AttributeUSCC, actor.USCC},
		{ledger.AttributeDivision, actor.Division}, {ledger.AttributeName, actor.Name},
	}
	for _, v := range values {
		if v.value == "" && (v.name == "id" || slices.Contains(required, v.name)) {
			return fault.New(fault.InvalidIdentity, fault.Field(v.name), fault.Detail("the attribute is missing"))
		}
		if !plain(v.value) {
			return fault.New(fault.InvalidIdentity, fault.Field(v.name), fault.Detail("the attribute is too long or holds control characters"))
		}
	}
	return checkActorCodes(actor)
}

func checkActorCodes(actor ledger.Actor) error {
	if actor.USCC != "" {
		if err := uscc.Check(actor.USCC); err != nil {
			return fault.New(fault.InvalidIdentity, fault.Field(ledger.AttributeUSCC), fault.Cause(fmt.Errorf("certificate: %w", err)))
		}
	}
	if actor.Division != "" && !isDivision(actor.Division) {
		return fault.New(fault.InvalidIdentity, fault.Field(ledger.AttributeDivision), fault.Detail("six digits are expected"))
	}
	return nil
}

func isDivision(text string) bool {
	if len(text) != 6 {
		return false
	}
	for _, r := range text {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

func plain(text string) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= maxAttribute &&
		!slices.ContainsFunc([]rune(text), unicode.IsControl)
}

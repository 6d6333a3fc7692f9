package authority

import (
	"strings"

	"dengji/chaincode/ledger"
)

// OfficerID is the enrolment id of the identity by which a gateway has accounts
// certified and revoked.
const OfficerID = "gateway"

// Officer is that identity of an organisation. It may register clients whose
// certificates carry the attributes of accounts, and revoke clients: no nodes, no
// admins, no further officers.
func Officer(organisation, folder string) Identity {
	accounts := strings.Join([]string{ledger.AttributeRole, ledger.AttributeUSCC, ledger.AttributeDivision, ledger.AttributeName}, ",")
	return Identity{Organisation: organisation, ID: OfficerID, Kind: KindOfficer, Folder: folder, Attributes: []Attribute{
		{Name: "hf.Registrar.Roles", Value: KindClient},
		{Name: "hf.Registrar.Attributes", Value: accounts},
		{Name: "hf.Revoker", Value: "true"},
	}}
}

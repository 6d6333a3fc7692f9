package ledger

// Channel and ChaincodeName name the one channel and the one chaincode of the
// registry.
const (
	Channel       = "registration"
	ChaincodeName = "dengji"
)

// MSP ids of the five organisations (design: parts).
const (
	AuthorityMSP   = "AuthorityMSP"   // 市数据管理部门, Art. 5
	RegistrarMSP   = "RegistrarMSP"   // 市大数据中心 (登记机构), Art. 6
	DistrictsMSP   = "DistrictsMSP"   // 区数据管理部门, Art. 5
	SupervisorsMSP = "SupervisorsMSP" // 协同监管 (网信、公安、财政), Art. 25
	RegistrantsMSP = "RegistrantsMSP" // 登记主体 and 利害关系人, members without nodes
)

// Names of the certificate attributes from which an Actor is made. Nothing about
// a caller is ever taken from an argument.
const (
	AttributeRole     = "role"
	AttributeUSCC     = "uscc"
	AttributeDivision = "division"
	AttributeName     = "name"
)

// Role is what a certificate allows its holder to do. Each role belongs to one
// organisation (RoleOrganisation): a role in a certificate of another
// organisation counts for nothing.
type Role string

// The roles.
const (
	RoleAuthority  Role = "authority"  // 市数据管理部门的工作人员
	RoleDistrict   Role = "district"   // 区数据管理部门的业务审核人员, bound to a division
	RoleAcceptor   Role = "acceptor"   // 登记机构: 受理
	RoleReviewer   Role = "reviewer"   // 登记机构: 形式审核、公示、异议复核
	RoleIssuer     Role = "issuer"     // 登记机构: 赋码、撤销、注销
	RoleRegistrant Role = "registrant" // 登记主体, bound to a USCC and a division
	RoleParty      Role = "party"      // 利害关系人、异议人 (real-name account; its certificate holds a pseudonym)
	RoleIntake     Role = "intake"     // 异议收件: hands in the objections of people without an account, and nothing else
	RoleSupervisor Role = "supervisor" // 协同监管部门
	RoleOperator   Role = "operator"   // platform operator: heartbeat, sandbox clock; no case work
)

// RoleOrganisation gives, for every role, the only MSPs whose certificates may
// carry it. It is read-only.
var RoleOrganisation = map[Role][]string{
	RoleAuthority:  {AuthorityMSP},
	RoleDistrict:   {DistrictsMSP},
	RoleAcceptor:   {RegistrarMSP},
	RoleReviewer:   {RegistrarMSP},
	RoleIssuer:     {RegistrarMSP},
	RoleRegistrant: {RegistrantsMSP},
	RoleParty:      {RegistrantsMSP},
	RoleIntake:     {RegistrantsMSP}, // whose certificates the Authority issues: who may object is not for the registrar to say
	RoleSupervisor: {SupervisorsMSP},
	RoleOperator:   {AuthorityMSP, RegistrarMSP, DistrictsMSP, SupervisorsMSP},
}

// Actor is who acts, read from the submitting certificate alone.
type Actor struct {
	MSP      string `json:"msp"`
	ID       string `json:"id"` // enrollment id (certificate CN); unique within the MSP, a pseudonym for natural persons
	Role     Role   `json:"role"`
	USCC     string `json:"uscc,omitempty"`     // the organisation that a registrant acts for
	Division string `json:"division,omitempty"` // GB/T 2260 code
	Name     string `json:"name,omitempty"`     // organisation or office, never a natural person's name
}

// Key identifies the person behind the actor across roles of one MSP.
func (a Actor) Key() string { return a.MSP + "/" + a.ID }

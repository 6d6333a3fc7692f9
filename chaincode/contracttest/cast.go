// Package contracttest is the stage for tests of transactions: a cast of actors,
// one for every role and some of other organisations, a clock that tests move, and
// a ledger in memory with all contracts on a founded network. Its assertions are
// on exact error codes and on what was written.
package contracttest

import (
	"slices"
	"sync"

	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
)

// The cast. Codes are made up and valid.
var (
	Authority        = ledger.Actor{MSP: ledger.AuthorityMSP, ID: "authority-1", Role: ledger.RoleAuthority, Division: "110000", Name: "市数据管理部门"}
	DistrictHaidian  = ledger.Actor{MSP: ledger.DistrictsMSP, ID: "district-haidian", Role: ledger.RoleDistrict, Division: "110108", Name: "海淀区数据管理部门"}
	DistrictChaoyang = ledger.Actor{MSP: ledger.DistrictsMSP, ID: "district-chaoyang", Role: ledger.RoleDistrict, Division: "110105", Name: "朝阳区数据管理部门"}
	Acceptor         = ledger.Actor{MSP: ledger.RegistrarMSP, ID: "acceptor-1", Role: ledger.RoleAcceptor, USCC: RegistrarUSCC, Division: "110000", Name: "市大数据中心受理岗"}
	Reviewer         = ledger.Actor{MSP: ledger.RegistrarMSP, ID: "reviewer-1", Role: ledger.RoleReviewer, USCC: RegistrarUSCC, Division: "110000", Name: "市大数据中心审核岗"}
	Issuer           = ledger.Actor{MSP: ledger.RegistrarMSP, ID: "issuer-1", Role: ledger.RoleIssuer, USCC: RegistrarUSCC, Division: "110000", Name: "市大数据中心赋码岗"}
	Supervisor       = ledger.Actor{MSP: ledger.SupervisorsMSP, ID: "supervisor-1", Role: ledger.RoleSupervisor, Name: "协同监管部门"}
	Operator         = ledger.Actor{MSP: ledger.RegistrarMSP, ID: "operator-1", Role: ledger.RoleOperator, Name: "平台运维"}
	Transport        = ledger.Actor{MSP: ledger.RegistrantsMSP, ID: "transport-1", Role: ledger.RoleRegistrant, USCC: "11110000DJ00010157", Division: "110000", Name: "北京市示例交通委员会"}
	Haidian          = ledger.Actor{MSP: ledger.RegistrantsMSP, ID: "haidian-1", Role: ledger.RoleRegistrant, USCC: "11110108DJ0031310Q", Division: "110108", Name: "北京市海淀区示例委员会"}
	Chaoyang         = ledger.Actor{MSP: ledger.RegistrantsMSP, ID: "chaoyang-1", Role: ledger.RoleRegistrant, USCC: "11110105DJ0032321Q", Division: "110105", Name: "北京市朝阳区示例局"}
	Company          = ledger.Actor{MSP: ledger.RegistrantsMSP, ID: "company-1", Role: ledger.RoleRegistrant, USCC: "91110108DJ00333327", Division: "110108", Name: "北京示例数据运营有限公司"}
	Intake           = ledger.Actor{MSP: ledger.RegistrantsMSP, ID: "intake-1", Role: ledger.RoleIntake}
	Party            = ledger.Actor{MSP: ledger.RegistrantsMSP, ID: "party-5f3a", Role: ledger.RoleParty}
)

// RegistrarUSCC is the registration institution's code.
const RegistrarUSCC = "12110000DJ0034343Y"

// Cast lists one actor of every role, and of some roles a second one of another
// division or organisation. It is read-only.
var Cast = []ledger.Actor{Authority, DistrictHaidian, DistrictChaoyang, Acceptor, Reviewer, Issuer, Supervisor,
	Operator, Transport, Haidian, Chaoyang, Company, Party}

// Everyone is the cast with the intake, which no person logs in as. It is read-only.
var Everyone = append(slices.Clip(Cast), Intake)

// RolesExcept gives those of everyone who hold none of the roles.
func RolesExcept(roles ...ledger.Role) []ledger.Actor {
	others := []ledger.Actor{}
	for _, actor := range Everyone {
		if !holds(actor, roles) {
			others = append(others, actor)
		}
	}
	return others
}

func holds(actor ledger.Actor, roles []ledger.Role) bool {
	for _, role := range roles {
		if actor.Role == role {
			return true
		}
	}
	return false
}

var identities = struct {
	sync.Mutex
	made map[ledger.Actor]memoryledger.Identity
}{made: map[ledger.Actor]memoryledger.Identity{}}

// Identity gives an actor's certificate, made once in a process.
func Identity(actor ledger.Actor) (memoryledger.Identity, error) {
	identities.Lock()
	defer identities.Unlock()
	if identity, made := identities.made[actor]; made {
		return identity, nil
	}
	identity, err := memoryledger.NewIdentity(actor)
	if err == nil {
		identities.made[actor] = identity
	}
	return identity, err
}

package contract_test

import (
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
)

// The rest of the cast.
var (
	acceptor2 = ledger.Actor{MSP: ledger.RegistrarMSP, ID: "acceptor-2", Role: ledger.RoleAcceptor, USCC: contracttest.RegistrarUSCC, Division: "110000", Name: "市大数据中心受理岗"}
	bothRoles = ledger.Actor{MSP: ledger.RegistrarMSP, ID: "acceptor-1", Role: ledger.RoleReviewer, USCC: contracttest.RegistrarUSCC, Division: "110000", Name: "市大数据中心审核岗"}
	party2    = ledger.Actor{MSP: ledger.RegistrantsMSP, ID: "party-77aa", Role: ledger.RoleParty}
)

func (c *caseStage) at(day string) {
	c.t.Helper()
	moment, err := time.ParseInLocation("2006-01-02 15:04", day+" 10:00", ledger.Shanghai)
	require.NoError(c.t, err)
	c.Clock.Set(moment)
}

// dayAfter moves the clock to the day after one.
func (c *caseStage) dayAfter(day string) {
	c.t.Helper()
	parsed, err := time.Parse(time.DateOnly, day)
	require.NoError(c.t, err)
	c.at(parsed.AddDate(0, 0, 1).Format(time.DateOnly))
}

func (c *caseStage) stored(a ledger.Application) ledger.Application {
	return contracttest.Stored[ledger.Application](c.Stage, ledger.ApplicationKey(a.ID))
}

func (c *caseStage) registration(code string) ledger.Registration {
	return contracttest.Stored[ledger.Registration](c.Stage, ledger.RegistrationKey(code))
}

func (c *caseStage) filed(by ledger.Actor) ledger.Application { return c.file(by, c.firstRequest(by)) }

// file submits, has reviewed and files.
func (c *caseStage) file(by ledger.Actor, request ledger.SubmitRequest) ledger.Application {
	c.t.Helper()
	a := c.submit(by, request)
	a = c.act(c.businessReviewer(a), a, "endorse_business_review", nil)
	return c.act(by, a, "file", nil)
}

func (c *caseStage) businessReviewer(a ledger.Application) ledger.Actor {
	for _, actor := range []ledger.Actor{contracttest.DistrictHaidian, contracttest.DistrictChaoyang} {
		if actor.Division == a.Division {
			return actor
		}
	}
	return contracttest.Authority
}

func (c *caseStage) published(by ledger.Actor) ledger.Application {
	return c.publish(c.filed(by))
}

func (c *caseStage) publish(a ledger.Application) ledger.Application {
	c.t.Helper()
	a = c.act(contracttest.Acceptor, a, "accept", nil)
	return c.act(contracttest.Reviewer, a, "publish", nil)
}

func (c *caseStage) registered(by ledger.Actor) ledger.Registration {
	return c.issueAfter(c.published(by))
}

func (c *caseStage) issueAfter(a ledger.Application) ledger.Registration {
	c.t.Helper()
	c.dayAfter(a.NoticeEnd)
	a = c.act(contracttest.Issuer, a, "issue", c.issue())
	return c.registration(a.Registration)
}

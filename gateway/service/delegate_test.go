package service

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
)

// roles are accounts by name.
type roles map[string]ledger.Role

func (r roles) Find(_ context.Context, name string) (account.Account, error) {
	role, found := r[name]
	if !found {
		return account.Account{}, fault.New(fault.NotFound)
	}
	return account.Account{Name: name, Actor: ledger.Actor{Role: role}}, nil
}

func TestADutyIsDoneInTheNameOfTheAccountThatWasNamed(t *testing.T) {
	demo := roles{"issuer1": ledger.RoleIssuer, "other": ledger.RoleIssuer, "clerk": ledger.RoleAcceptor}
	for name, c := range map[string]struct {
		named    string
		mode     ledger.Mode
		accounts roles
		is       string // "": nobody
		fails    bool
	}{
		"one that is named":                       {"other", ledger.ModeProduction, demo, "other", false},
		"one that is named in a sandbox":          {"other", ledger.ModeSandbox, demo, "other", false},
		"a sandbox's own":                         {"", ledger.ModeSandbox, demo, "issuer1", false},
		"nobody in production by default":         {"", ledger.ModeProduction, demo, "", false},
		"nobody in a sandbox without the account": {"", ledger.ModeSandbox, roles{}, "", false},
		"one that is named and does not exist":    {"gone", ledger.ModeSandbox, demo, "", true},
		"one of another role":                     {"clerk", ledger.ModeProduction, demo, "", true},
		"a sandbox's own of another role":         {"", ledger.ModeSandbox, roles{"issuer1": ledger.RoleAcceptor}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := duty{"issues", ledger.RoleIssuer, c.named, "issuer1"}.delegate(t.Context(), c.accounts, c.mode)
			require.Equal(t, c.fails, err != nil, "%v", err)
			if c.is == "" {
				require.Nil(t, found)
				return
			}
			require.Equal(t, c.is, found.Name)
		})
	}
}

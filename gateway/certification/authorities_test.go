package certification_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/certification"
	"dengji/gateway/gatewaytest"
	"dengji/network/profile"
)

func TestAnOfficerThatCannotWorkIsRefusedAtStart(t *testing.T) {
	certificate, key := gatewaytest.Credentials(t, contracttest.Operator)
	good := profile.Officer{MSP: ledger.RegistrarMSP, Address: "127.0.0.1:1", Root: string(certificate), Authority: "registrar", Certificate: string(certificate), Key: string(key)}
	for name, c := range map[string]struct {
		officers []profile.Officer
		problem  string
	}{
		"two of one organisation": {[]profile.Officer{good, good}, "two officers"},
		"one without a key":       {[]profile.Officer{{MSP: ledger.RegistrarMSP, Root: good.Root, Certificate: good.Certificate}}, "key of the officer"},
		"one without a root":      {[]profile.Officer{{MSP: ledger.RegistrarMSP, Certificate: good.Certificate, Key: good.Key}}, "root"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := certification.Open(c.officers)
			require.ErrorContains(t, err, c.problem)
			require.NotContains(t, err.Error(), "PRIVATE KEY")
		})
	}
	opened, err := certification.Open([]profile.Officer{good})
	require.NoError(t, err)
	opened.Close()
}

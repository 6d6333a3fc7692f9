package national

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/database/databasetest"
	"dengji/gateway/national/wire"
)

func state(version int, slip string, status ledger.RegistrationStatus) ledger.Registration {
	return ledger.Registration{Code: "110000R2026AAAAAAA1", Version: version, SlipDigest: slip, Status: status}
}

func TestEveryVersionIsSentOnceAndInOrder(t *testing.T) {
	const active = ledger.RegistrationActive
	for name, c := range map[string]struct {
		seen  [][]ledger.Registration // at one look each: the versions, the oldest first
		kinds []wire.Kind
	}{
		"a new registration":         {[][]ledger.Registration{{state(1, "", active)}}, []wire.Kind{wire.KindFirst}},
		"nothing new":                {[][]ledger.Registration{{state(1, "", active)}, {state(1, "", active)}}, []wire.Kind{wire.KindFirst}},
		"a slip":                     {[][]ledger.Registration{{state(1, "", active)}, {state(1, "a", active)}}, []wire.Kind{wire.KindFirst, wire.KindSlip}},
		"a national code":            {[][]ledger.Registration{{state(1, "", active)}, {coded(state(1, "", active))}}, []wire.Kind{wire.KindFirst}},
		"a version":                  {[][]ledger.Registration{{state(1, "a", active)}, {state(1, "a", active), state(2, "", active)}}, []wire.Kind{wire.KindFirst, wire.KindVersion}},
		"two versions between looks": {[][]ledger.Registration{{state(1, "a", active)}, {state(1, "a", active), state(2, "b", active), state(3, "", active)}}, []wire.Kind{wire.KindFirst, wire.KindVersion, wire.KindVersion}},
		"a slip and a version between looks": {[][]ledger.Registration{{state(1, "", active)}, {state(1, "a", active), state(2, "", active)}},
			[]wire.Kind{wire.KindFirst, wire.KindSlip, wire.KindVersion}},
		"an end": {[][]ledger.Registration{{state(1, "a", active)}, {state(1, "a", ledger.RegistrationRevoked)}}, []wire.Kind{wire.KindFirst, wire.KindEnd}},
	} {
		t.Run(name, func(t *testing.T) {
			opened := databasetest.Open(t, t.TempDir())
			box := outbox{opened, time.Now}
			for _, versions := range c.seen {
				_, err := box.enqueue(t.Context(), opened, versions)
				require.NoError(t, err)
			}
			page, err := box.list(t.Context(), "", "", ledger.PageRequest{})
			require.NoError(t, err)
			require.Len(t, page.Items, len(c.kinds))
			for i, kind := range c.kinds {
				found := page.Items[len(page.Items)-1-i]
				require.Equal(t, kind, found.Kind)
				require.Equal(t, i+1, found.Sequence)
			}
		})
	}
}

func coded(r ledger.Registration) ledger.Registration {
	r.NationalCode = "GJ-110000-0000001"
	return r
}

func TestPausesDoubleUpToAnHour(t *testing.T) {
	require.Equal(t, []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second}, []time.Duration{pause(1), pause(2), pause(3)})
	require.Equal(t, time.Hour, pause(11))
	require.Equal(t, time.Hour, pause(1_000_000))
}

package attestation

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/verify/artefact"
)

func TestAnAttestationIsGivenAgainForAShortTimeAndAFailureNever(t *testing.T) {
	asked, failure := 0, error(fault.New(fault.EndorserUnavailable))
	r := newRecent(time.Hour, func(string) (artefact.AttestationBundle, error) {
		asked++
		return artefact.AttestationBundle{Payload: []byte{byte(asked)}}, failure
	})
	_, err := r.get("a")
	require.Equal(t, fault.EndorserUnavailable, fault.CodeOf(err))
	failure = nil
	first, err := r.get("a")
	require.NoError(t, err)
	require.Equal(t, 2, asked, "a failure is not kept")
	again, err := r.get("a")
	require.NoError(t, err)
	require.Equal(t, first, again)
	_, err = r.get("b")
	require.NoError(t, err)
	require.Equal(t, 3, asked, "codes have attestations of their own")
	r.kept.Purge() // as their time ends
	renewed, err := r.get("a")
	require.NoError(t, err)
	require.NotEqual(t, first, renewed)
}

func TestThoseWhoAskAtOnceShareOneAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		r := &recent{kept: newRecent(0, nil).kept, collect: func(string) (artefact.AttestationBundle, error) {
			asked++
			time.Sleep(time.Second)
			return artefact.AttestationBundle{}, nil
		}}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { _, _ = r.get("a") })
		}
		all.Wait()
		require.Equal(t, 1, asked)
	})
}

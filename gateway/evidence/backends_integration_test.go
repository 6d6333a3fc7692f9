//go:build integration

package evidence

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/gateway/evidence/blob"
	"dengji/gateway/evidence/blob/ipfs"
	"dengji/gateway/evidence/kubotest"
)

func TestTheStoreWorksOnAnIPFSNode(t *testing.T) {
	address := kubotest.New(t).Serve(t)
	stores := 0
	storeWorksOn(t, func(t *testing.T) blob.Store {
		stores++
		blobs, err := ipfs.New(ipfs.Options{Address: address, Root: fmt.Sprintf("/test/store-%d", stores)})
		require.NoError(t, err)
		return blobs
	})
}

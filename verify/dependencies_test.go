package verify_test

import (
	"os/exec"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// foreign is what a verifier of third parties must not bring along: the network's
// and the server's libraries.
var foreign = regexp.MustCompile(`hyperledger|gin-gonic|google\.golang\.org/grpc|dengji/(gateway/(api|service|ledgerclient)|network)`)

func TestTheVerifierBringsNeitherFabricNorAServerAlong(t *testing.T) {
	for _, program := range []string{"dengji/verify", "dengji/cmd/dengji-verify"} {
		output, err := exec.CommandContext(t.Context(), "go", "list", "-deps", program).Output()
		require.NoError(t, err)
		require.Contains(t, string(output), "github.com/emmansun/gmsm/sm2")
		require.Empty(t, foreign.FindAllString(string(output), -1), program)
	}
}

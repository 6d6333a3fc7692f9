package readmodel_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/stretchr/testify/require"

	"dengji/gateway/readmodel"
	"dengji/gateway/readmodel/blocktest"
	"dengji/gateway/readmodel/enginetest"
)

const (
	victimVariable = "DENGJI_TEST_VICTIM" // connection string of the model that the process feeds until it is killed
	chainVariable  = "DENGJI_TEST_CHAIN"  // blocks that there are
	killSeed       = 30
	killBlocks     = 400
	kills          = 100
	mostGiven      = 3 // blocks, to one victim
)

// runVictim feeds a model. It takes a byte from standard input before it hands a
// block over, and says so on standard output. Its parent kills it.
func runVictim() {
	model, err := readmodel.Open(context.Background(), os.Getenv(victimVariable), readmodel.Options{Pace: pace})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	length, err := strconv.Atoi(os.Getenv(chainVariable))
	if err != nil {
		fmt.Println("error", err)
		return
	}
	announce := func(block *common.Block) *common.Block {
		if _, err := os.Stdin.Read(make([]byte, 1)); err != nil {
			return nil
		}
		fmt.Println("block", block.GetHeader().GetNumber())
		return block
	}
	fmt.Println("error", model.Run(context.Background(), &peer{chain: blocktest.NewHistory(killSeed).Chain(length), alter: announce}))
}

// A process that feeds the model is killed a hundred times, a random time after
// it was given a block. No block may be lost or applied twice.
func TestKillingTheGatewayLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("starts two hundred processes; run without -short")
	}
	chain := blocktest.NewHistory(killSeed).Chain(killBlocks)
	enginetest.Each(t, func(t *testing.T, dsn string) {
		random := rand.New(rand.NewPCG(31, 31))
		for n := range kills {
			killOnce(t, dsn, random, (n+1)*mostGiven)
		}
		model := open(t, dsn)
		require.Positive(t, model.Health().Applied, "no victim came as far as a block")
		requireTrue(t, model, chain)
		runUntil(t, model, killBlocks, &peer{chain: chain})
		requireTrue(t, model, chain)
	})
}

// killOnce gives a victim one to three blocks and kills it while it applies the
// last of them, or shortly before or after. There are no more blocks than it can
// need: every victim makes them anew.
func killOnce(t *testing.T, dsn string, random *rand.Rand, blocks int) {
	t.Helper()
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), victimVariable+"="+dsn, chainVariable+"="+strconv.Itoa(blocks))
	output, err := victim.StdoutPipe()
	require.NoError(t, err)
	given := 1 + random.IntN(mostGiven)
	input, err := victim.StdinPipe() // left open: the victim waits for more
	require.NoError(t, err)
	require.NoError(t, victim.Start())
	_, err = input.Write(make([]byte, given))
	require.NoError(t, err)
	lines := bufio.NewScanner(output)
	for range given {
		require.True(t, lines.Scan())
		require.True(t, strings.HasPrefix(lines.Text(), "block "), lines.Text())
	}
	time.Sleep(time.Duration(random.IntN(4000)) * time.Microsecond)
	require.NoError(t, victim.Process.Kill())
	require.Error(t, victim.Wait())
}

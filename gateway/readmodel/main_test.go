package readmodel_test

import (
	"os"
	"testing"

	"dengji/gateway/readmodel/enginetest"
)

func TestMain(m *testing.M) {
	if os.Getenv(victimVariable) != "" {
		runVictim()
		return
	}
	enginetest.Main(m)
}

package store

import (
	"testing"

	"dengji/gateway/readmodel/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

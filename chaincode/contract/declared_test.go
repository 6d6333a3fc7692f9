package contract_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
)

// TestEveryDeclaredTransactionIsServedAndNoOther reads the names from the source
// that clients are written against.
func TestEveryDeclaredTransactionIsServedAndNoOther(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../ledger/transactions.go", nil, 0)
	require.NoError(t, err)
	declared := []string{}
	ast.Inspect(file, func(node ast.Node) bool {
		constant, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(constant.Names[0].Name, "Tx") {
			return true
		}
		literal, ok := constant.Values[0].(*ast.BasicLit)
		require.True(t, ok)
		name, err := strconv.Unquote(literal.Value)
		require.NoError(t, err)
		declared = append(declared, name)
		return true
	})
	slices.Sort(declared)
	require.Equal(t, declared, contracttest.Transactions())
}

package portal_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	simulated "dengji/fixtures/national"
)

func TestOperatorsSeeWhatIsWrongAndWhatToDo(t *testing.T) {
	s := open(t, false)
	_, body := s.visit(t, contracttest.Operator, http.MethodGet, "/checks", nil)
	require.Contains(t, body, "启动后尚未完成检查")
	s.platform.Checked()
	_, body = s.visit(t, contracttest.Operator, http.MethodGet, "/checks", nil)
	require.Contains(t, body, "各项检查均正常。")
	s.platform.National.Set(simulated.Faults{Refuse: 1})
	s.platform.Issued()
	s.platform.Exchanged()
	s.platform.Checked()
	_, body = s.visit(t, contracttest.Supervisor, http.MethodGet, "/checks", nil)
	require.Contains(t, body, "国家平台拒收 1 件，待处理。")
	require.Contains(t, body, "NationalDeadLetters")
	response, _ := s.visit(t, contracttest.Haidian, http.MethodGet, "/checks", nil)
	require.Equal(t, http.StatusForbidden, response.StatusCode)
}

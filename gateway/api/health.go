package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"dengji/chaincode/fault"
)

// readyWithin bounds the question whether the ledger answers.
const readyWithin = 5 * time.Second

// health says that the process lives.
func (s *Server) health(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok"}) }

// readiness says whether the gateway can do its work: the ledger answers. A read
// model that is behind degrades lists and searches alone.
func (s *Server) readiness(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), readyWithin)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		s.refuse(c, fault.New(fault.LedgerUnreachable, fault.Cause(err)))
		return
	}
	if s.ReadModel == nil {
		c.JSON(http.StatusOK, gin.H{"status": "ready"})
		return
	}
	status, state := "ready", s.readModelState()
	if state.Status != "ok" {
		status = "degraded"
	}
	c.JSON(http.StatusOK, gin.H{"status": status, "readModel": state})
}

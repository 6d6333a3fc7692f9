package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/language"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// refusal is the answer to every request that failed.
type refusal struct {
	Code      fault.Code        `json:"code"`
	Message   ledger.Text       `json:"message"`
	Text      string            `json:"text"`              // message in the language asked for
	Field     string            `json:"field,omitempty"`   // JSON path of the offending input
	Article   string            `json:"article,omitempty"` // of the regulation
	Detail    string            `json:"detail,omitempty"`
	Values    map[string]string `json:"values,omitempty"`
	RequestID string            `json:"requestId"`
}

// refuse answers with the fault of an error, and leaves the error itself to the
// request's one log line.
func (s *Server) refuse(c *gin.Context, err error) {
	_ = c.Error(err)
	if c.Writer.Written() { // the answer is under way: only breaking it off is honest
		panic(http.ErrAbortHandler)
	}
	found := faultOf(err)
	row := found.Row()
	if row.Status == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", `Bearer realm="dengji"`)
	}
	if row.Status == http.StatusServiceUnavailable || row.Status == http.StatusTooManyRequests {
		c.Header("Retry-After", "5")
	}
	c.AbortWithStatusJSON(row.Status, describeFault(c, found))
}

// describeFault writes a fault out in both languages.
func describeFault(c *gin.Context, found *fault.Error) refusal {
	row := found.Row()
	message := ledger.Text{ZH: row.ZH, EN: row.EN}
	return refusal{Code: found.Code, Message: message, Text: inLanguage(c, message), Field: found.Field,
		Article: found.Article, Detail: found.Detail, Values: found.Values, RequestID: requestID(c)}
}

// faultOf knows, beside faults, what the HTTP server itself reports.
func faultOf(err error) *fault.Error {
	var known *fault.Error
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return fault.New(fault.RequestTooLarge, fault.Value("limitBytes", decimal(tooLarge.Limit)))
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fault.New(fault.LedgerTimeout)
	default:
		return fault.New(fault.Internal)
	}
}

var languages = language.NewMatcher([]language.Tag{language.Chinese, language.English})

// inLanguage picks by Accept-Language; Chinese where it says nothing.
func inLanguage(c *gin.Context, text ledger.Text) string {
	c.Header("Vary", "Accept-Language")
	wanted, _, err := language.ParseAcceptLanguage(c.GetHeader("Accept-Language"))
	if err != nil {
		return text.ZH
	}
	if _, index, confidence := languages.Match(wanted...); index == 1 && confidence >= language.High {
		return text.EN
	}
	return text.ZH
}

func (s *Server) unknownRoute(c *gin.Context) { s.refuse(c, fault.New(fault.NotFound)) }

func (s *Server) unknownMethod(c *gin.Context) { s.refuse(c, fault.New(fault.MethodNotAllowed)) }

// underArticle gives a refusal of the caller's input the article behind the
// operation, where the rule that refused names none of its own.
func underArticle(err error, article string) error {
	found := faultOf(err)
	if article == "" || found.Article != "" || found.Row().Status >= http.StatusInternalServerError {
		return err
	}
	cited := *found
	cited.Article = article
	fault.Cause(err)(&cited)
	return &cited
}

// withoutIndex renames a fault's field from the batch of one, which the gateway
// made, to the document that the caller sent.
func withoutIndex(err error) error {
	var found *fault.Error
	if !errors.As(err, &found) || !strings.HasPrefix(found.Field, "entries[0]") {
		return err
	}
	renamed := *found
	renamed.Field = strings.TrimPrefix(strings.TrimPrefix(found.Field, "entries[0]"), ".")
	fault.Cause(err)(&renamed)
	return &renamed
}

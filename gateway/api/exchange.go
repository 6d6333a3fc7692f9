package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/strictjson"
	"dengji/gateway/account"
	"dengji/gateway/ledgerclient"
)

// Headers that tell where on the ledger an answer comes from.
const (
	headerTransaction = "X-Transaction-Id"
	headerBlock       = "X-Block-Number"
)

// exchange is one request with its caller.
type exchange struct {
	*gin.Context
	server *Server
	caller *account.Account // nil: has not logged in
	token  string
	limit  int64
}

// authenticate finds the caller. A token that is no longer good is refused even
// where none is needed, so that nobody reads as a guest without knowing.
func (x *exchange) authenticate(public bool) error {
	header := x.GetHeader("Authorization")
	if header == "" {
		if public {
			return nil
		}
		return fault.New(fault.Unauthenticated)
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return fault.New(fault.Unauthenticated)
	}
	found, err := x.server.Accounts.Authenticate(x.ctx(), token)
	if err != nil {
		return err
	}
	x.caller, x.token = &found, token
	x.recognise(found)
	return nil
}

// recognise has the logs name the account.
func (x *exchange) recognise(who account.Account) {
	x.Set(accountKey, who.Name)
	x.Set(roleKey, string(who.Actor.Role))
}

// actor gives who asks; zero for a guest.
func (x *exchange) actor() ledger.Actor {
	if x.caller == nil {
		return ledger.Actor{}
	}
	return x.caller.Actor
}

// identity signs for the caller; a guest reads through the gateway's own.
func (x *exchange) identity() ledgerclient.Identity {
	if x.caller == nil {
		return x.server.Guest
	}
	return x.caller.Identity
}

// decode reads a strict JSON body.
func decode[T any](x *exchange) (T, error) {
	var none T
	if err := x.requireMedia("application/json"); err != nil {
		return none, err
	}
	raw, err := io.ReadAll(x.Request.Body)
	if err != nil {
		return none, readFailure(err)
	}
	return strictjson.Decode[T](raw, int(x.limit))
}

// requireMedia refuses a body of another content type.
func (x *exchange) requireMedia(wanted string) error {
	media, parameters, err := mime.ParseMediaType(x.GetHeader("Content-Type"))
	if err != nil || media != wanted {
		return fault.New(fault.UnsupportedMediaType, fault.Field("Content-Type"), fault.Value("expected", wanted))
	}
	if charset := parameters["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return fault.New(fault.InvalidEncoding, fault.Field("Content-Type"))
	}
	return nil
}

// readFailure tells a body that is too large from one that broke off.
func readFailure(err error) error {
	if found := faultOf(err); found.Code != fault.Internal {
		return found
	}
	return fault.New(fault.MalformedRequest, fault.Detail("the request broke off"), fault.Cause(err))
}

// submit runs a transaction as the caller and names it in the answer's headers.
func submit[T any](x *exchange, transaction string, request any) (T, error) {
	answer, receipt, err := ledgerclient.SubmitFor[T](x.ctx(), x.server.Ledger, x.identity(), ledgerclient.Call{Transaction: transaction, Request: request})
	if err == nil {
		x.noteReceipt(receipt)
	}
	return answer, err
}

// noteReceipt names the transaction; there is none where nothing had to change.
func (x *exchange) noteReceipt(receipt ledgerclient.Receipt) {
	if receipt.TxID == "" {
		return
	}
	x.Header(headerTransaction, receipt.TxID)
	x.Header(headerBlock, strconv.FormatUint(receipt.Block, 10))
}

// evaluate asks the ledger as the caller.
func evaluate[T any](x *exchange, transaction string, request any) (T, error) {
	return ledgerclient.EvaluateFor[T](x.ctx(), x.server.Ledger, x.identity(), ledgerclient.Call{Transaction: transaction, Request: request})
}

// give answers with JSON.
func (x *exchange) give(status int, value any) error {
	content, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("api: answer: %w", err)
	}
	x.Data(status, "application/json; charset=utf-8", content)
	return nil
}

// page reads the paging parameters.
func (x *exchange) page(of string) (ledger.PageRequest, error) {
	size, err := x.integer("pageSize", 0, 0, ledger.MaxPageSize)
	if err != nil {
		return ledger.PageRequest{}, err
	}
	return ledger.PageRequest{Of: of, PageSize: size, Bookmark: x.Query("bookmark")}, nil
}

// integer reads a bounded number of the query.
func (x *exchange) integer(name string, absent, low, high int) (int, error) {
	text := x.Query(name)
	if text == "" {
		return absent, nil
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < low || number > high {
		return 0, fault.New(fault.InvalidValue, fault.Field(name), fault.Value("min", strconv.Itoa(low)), fault.Value("max", strconv.Itoa(high)))
	}
	return number, nil
}

// boolean reads true or false of the query; absent is false.
func (x *exchange) boolean(name string) (bool, error) {
	switch x.Query(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, fault.New(fault.InvalidValue, fault.Field(name), fault.Value("expected", "true, false"))
	}
}

func decimal(number int64) string { return strconv.FormatInt(number, 10) }

// noContent answers that something was done.
func (x *exchange) noContent() error {
	x.Status(http.StatusNoContent)
	x.Writer.WriteHeaderNow()
	return nil
}

// ctx gives the request's context.
func (x *exchange) ctx() context.Context { return x.Request.Context() }

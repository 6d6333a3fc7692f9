package national

import (
	"bytes"
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/emmansun/gmsm/smx509"

	"dengji/chaincode/canonical"
	"dengji/chaincode/fault"
	"dengji/cryptosuite"
	"dengji/gateway/national/wire"
)

// answerWithin bounds one question to the national platform.
const answerWithin = 20 * time.Second

// Remote is the national platform as it is reached over HTTP. It is safe for
// concurrent use.
type Remote struct {
	Base   string // address, without the paths of package wire
	Client *http.Client
	Signer cryptosuite.Signer // of the registry
	Key    crypto.PublicKey   // of the national platform
}

// deliver sends a delivery and gives its receipt. NATIONAL_REFUSED ends all
// attempts; any other error is worth another one.
func (r *Remote) deliver(ctx context.Context, d Delivery) (wire.Receipt, error) {
	var receipt wire.Receipt
	body := []byte(d.body)
	if err := r.ask(ctx, http.MethodPost, wire.PathDeliveries, d.Key, body, &receipt); err != nil {
		return receipt, err
	}
	if receipt.Key != d.Key || receipt.Digest != canonical.DigestOf(body) || receipt.Receipt == "" {
		return receipt, errors.New("national: the receipt is that of another delivery")
	}
	return receipt, nil
}

// state asks what the national platform holds of a registration.
func (r *Remote) state(ctx context.Context, code string) (wire.State, error) {
	var state wire.State
	path := wire.PathRegistrations + "/" + url.PathEscape(code)
	if err := r.ask(ctx, http.MethodGet, path, path, nil, &state); err != nil {
		return state, err
	}
	if state.Code != code {
		return state, errors.New("national: the state is that of another registration")
	}
	return state, nil
}

// states asks for a page of all that the national platform holds.
func (r *Remote) states(ctx context.Context, after string) (wire.StatePage, error) {
	var page wire.StatePage
	path := wire.PathRegistrations + "?" + url.Values{"after": {after}, "limit": {strconv.Itoa(wire.MaxPage)}}.Encode()
	return page, r.ask(ctx, http.MethodGet, path, path, nil, &page)
}

// ask sends one signed question and reads a signed answer.
func (r *Remote) ask(ctx context.Context, method, path, subject string, body []byte, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, r.Base+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("national: %w", err)
	}
	signature, err := wire.Sign(ctx, r.Signer, wire.SideRegistry, subject, body)
	if err != nil {
		return err
	}
	request.Header.Set(wire.HeaderSignature, signature)
	if body != nil {
		request.Header.Set(wire.HeaderKey, subject)
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := r.Client.Do(request)
	if err != nil {
		return fmt.Errorf("national: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its end, or given up
	content, err := io.ReadAll(io.LimitReader(response.Body, wire.MaxDocument+1))
	if err != nil || len(content) > wire.MaxDocument {
		return errors.Join(errors.New("national: the answer broke off or is too long"), err)
	}
	if err := wire.Verify(r.Key, wire.SideNational, subject, content, response.Header.Get(wire.HeaderSignature)); err != nil {
		return fmt.Errorf("%w (status %d)", err, response.StatusCode)
	}
	if response.StatusCode/100 != 2 {
		return refusal(response.StatusCode, content)
	}
	if err := json.Unmarshal(content, answer); err != nil {
		return fmt.Errorf("national: answer: %w", err)
	}
	return nil
}

// refusal tells what is worth another attempt from what is not. Only a signed
// answer can refuse for good.
func refusal(status int, content []byte) error {
	var problem wire.Problem
	_ = json.Unmarshal(content, &problem) // what is no problem document has no words
	err := fmt.Errorf("national: status %d: %s %s", status, problem.Code, problem.Detail)
	switch {
	case status/100 != 4, status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status == http.StatusNotFound:
		return err
	default:
		return fault.New(fault.NationalRefused, fault.Detail("%s", strings.TrimSpace(problem.Code+" "+problem.Detail)), fault.Cause(err))
	}
}

// KeyOf gives the public key that a signer's documents are checked with.
func KeyOf(signer cryptosuite.Signer) crypto.PublicKey {
	certificate, err := smx509.ParseCertificate(signer.Certificates()[0])
	if err != nil {
		return nil // a signer's own certificate was read before
	}
	return certificate.PublicKey
}

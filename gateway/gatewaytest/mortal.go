package gatewaytest

import (
	"errors"
	"net/http"
)

// ErrKilled stands for the end of the process.
var ErrKilled = errors.New("killed")

// Mortal is the transport of a client that is killed: it fails where a step does,
// before a request or after its answer.
type Mortal struct {
	http.RoundTripper
	Step func() error
}

// RoundTrip implements http.RoundTripper.
func (m Mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := m.Step(); err != nil {
		return nil, err
	}
	answer, err := m.RoundTripper.RoundTrip(r)
	if failed := m.Step(); failed != nil && err == nil {
		_ = answer.Body.Close()
		return nil, failed
	}
	return answer, err
}

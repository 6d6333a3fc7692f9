package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"dengji/verify/artefact"
)

const fetchTimeout = 30 * time.Second

// fetchAttestation asks a gateway what the peers say of a code at this moment.
func fetchAttestation(ctx context.Context, server, code, nonce string) (content []byte, err error) {
	address, err := url.Parse(server)
	if err != nil || address.Host == "" || (address.Scheme != "https" && address.Scheme != "http") {
		return nil, fmt.Errorf("%q is not an http or https address", server)
	}
	address = address.JoinPath("api", "v1", "registrations", code, "attestation")
	address.RawQuery = url.Values{"nonce": {nonce}}.Encode()
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := response.Body.Close(); err == nil {
			err = closeErr
		}
	}()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %s", response.Status)
	}
	return readLimited(response.Body, artefact.MaxAttestationSize)
}

func readLimited(source io.Reader, limit int64) ([]byte, error) {
	return io.ReadAll(io.LimitReader(source, limit+1))
}

package service

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"dengji/chaincode/ledger"
)

// checkRemote holds the address of another platform to https; a sandbox's may do
// without.
func checkRemote(name, given string, mode ledger.Mode) error {
	address, err := url.Parse(given)
	plain := err == nil && address.Scheme == "http" && mode == ledger.ModeSandbox
	if err != nil || address.Host == "" || address.Scheme != "https" && !plain {
		return fmt.Errorf("service: the address of %s, %q, is not one of https", name, given)
	}
	return nil
}

// remoteClient asks another platform and follows it nowhere else.
func remoteClient(timeout time.Duration) *http.Client {
	return &http.Client{Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

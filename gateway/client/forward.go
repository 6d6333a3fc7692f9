package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// forwardedHeaders are those of the tus protocol, both ways.
var forwardedHeaders = []string{"Tus-Resumable", "Upload-Length", "Upload-Offset", "Upload-Metadata", "Upload-Defer-Length", "Content-Type"}

// ForwardUpload hands a request of the tus protocol on as the caller's, below
// /uploads; the answer comes back as it is, whatever its status. The caller MUST
// close its body.
func (c *Client) ForwardUpload(ctx context.Context, from *http.Request, path string) (*http.Response, error) {
	body := io.Reader(from.Body)
	if from.ContentLength == 0 {
		body = nil
	}
	target := c.base + "/uploads" + path
	if from.URL.RawQuery != "" {
		target += "?" + from.URL.RawQuery
	}
	outgoing, err := http.NewRequestWithContext(ctx, from.Method, target, body)
	if err != nil {
		return nil, fmt.Errorf("client: upload: %w", err)
	}
	outgoing.ContentLength = from.ContentLength
	for _, name := range forwardedHeaders {
		if value := from.Header.Get(name); value != "" {
			outgoing.Header.Set(name, value)
		}
	}
	outgoing.Header.Set("Authorization", "Bearer "+c.token)
	response, err := c.http.Do(outgoing)
	if err != nil {
		return nil, fmt.Errorf("client: upload: %w", err)
	}
	return response, nil
}

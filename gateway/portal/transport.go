package portal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// transport hands a client's requests to a handler of the same process. Answers
// are streamed: nothing is held in memory.
type transport struct{ handler http.Handler }

type originKey struct{}

// from marks a context with the visitor's request, whose address and id the calls
// of the page carry on: logins are throttled by address.
func from(visitor *http.Request) context.Context {
	return context.WithValue(visitor.Context(), originKey{}, visitor)
}

// forwarded are the headers that a call takes over from the visitor's request.
var forwarded = []string{headerRequestID, "X-Forwarded-For", "X-Real-Ip"}

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	inner := request.Clone(request.Context())
	if visitor, ok := request.Context().Value(originKey{}).(*http.Request); ok {
		inner.RemoteAddr, inner.TLS = visitor.RemoteAddr, visitor.TLS
		for _, name := range forwarded {
			if values := visitor.Header.Values(name); len(values) > 0 {
				inner.Header[name] = values
			}
		}
	}
	if inner.Body == nil {
		inner.Body = http.NoBody
	}
	inner.RequestURI = inner.URL.RequestURI()
	reader, writer := io.Pipe()
	answer := &answerWriter{header: http.Header{}, body: writer, begun: make(chan struct{})}
	go t.run(answer, inner)
	select {
	case <-answer.begun:
	case <-request.Context().Done():
		_ = reader.CloseWithError(request.Context().Err())
		return nil, request.Context().Err()
	}
	if answer.failure != nil {
		return nil, answer.failure
	}
	return &http.Response{Status: http.StatusText(answer.status), StatusCode: answer.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: answer.sent, Body: reader, ContentLength: -1, Request: request}, nil
}

var errAborted = errors.New("portal: the answer was broken off")

func (t transport) run(answer *answerWriter, request *http.Request) {
	defer func() { _ = request.Body.Close() }()
	defer func() {
		if cause := recover(); cause != nil {
			answer.fail(fmt.Errorf("%w: %v", errAborted, cause))
		}
	}()
	t.handler.ServeHTTP(answer, request)
	answer.WriteHeader(http.StatusOK)
	_ = answer.body.Close()
}

// answerWriter is the handler's side of an answer.
type answerWriter struct {
	header  http.Header
	sent    http.Header
	body    *io.PipeWriter
	once    sync.Once
	begun   chan struct{}
	status  int
	failure error
}

func (w *answerWriter) Header() http.Header { return w.header }

func (w *answerWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.begun)
	})
}

func (w *answerWriter) Write(content []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(content)
}

// Flush implements http.Flusher: a pipe holds nothing back.
func (w *answerWriter) Flush() { w.WriteHeader(http.StatusOK) }

func (w *answerWriter) fail(err error) {
	w.once.Do(func() {
		w.failure = err
		close(w.begun)
	})
	_ = w.body.CloseWithError(err)
}

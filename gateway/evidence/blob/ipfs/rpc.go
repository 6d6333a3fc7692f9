package ipfs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxAnswer bounds an answer that is read whole, in bytes: a listing of about two
// million entries.
const maxAnswer = 256 << 20

// streamError is the trailer in which kubo reports what went wrong after it had
// begun to answer.
const streamError = "X-Stream-Error"

// rpcError is what kubo answers instead of a result.
type rpcError struct {
	Message string
}

func (e *rpcError) Error() string { return e.Message }

// saysMissing reports whether an error is kubo's for a path that does not exist.
func saysMissing(err error) bool {
	var answered *rpcError
	return errors.As(err, &answered) && strings.HasSuffix(answered.Message, "file does not exist")
}

// node speaks to a kubo's RPC.
type node struct {
	base          *url.URL
	authorization string
	client        *http.Client
}

func newNode(address, authorization string) (*node, error) {
	base, err := url.Parse(address)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("ipfs: %q is no address of an RPC", address)
	}
	return &node{base: base.JoinPath("api/v0"), authorization: authorization, client: &http.Client{Transport: &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: 8,
		IdleConnTimeout:     time.Minute,
	}}}, nil
}

// call sends a command and gives the body of its answer.
func (n *node) call(ctx context.Context, command string, arguments url.Values, contentType string, body io.Reader) (*http.Response, error) {
	address := n.base.JoinPath(command)
	address.RawQuery = arguments.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(), body)
	if err != nil {
		return nil, fmt.Errorf("ipfs: %s: %w", command, err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if n.authorization != "" {
		request.Header.Set("Authorization", n.authorization)
	}
	answer, err := n.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ipfs: %s: %w", command, err)
	}
	if answer.StatusCode == http.StatusOK {
		return answer, nil
	}
	return nil, errors.Join(fmt.Errorf("ipfs: %s: %w", command, refusal(answer)), answer.Body.Close())
}

func refusal(answer *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	refused := &rpcError{}
	if err != nil || json.Unmarshal(text, refused) != nil || refused.Message == "" {
		return fmt.Errorf("answered %s", answer.Status)
	}
	return refused
}

// ask sends a command without a body and decodes the JSON answer, if wanted.
func (n *node) ask(ctx context.Context, command string, arguments url.Values, into any) error {
	answer, err := n.call(ctx, command, arguments, "", nil)
	if err != nil {
		return err
	}
	return decode(command, answer, into)
}

func decode(command string, answer *http.Response, into any) error {
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return fmt.Errorf("ipfs: %s: %w", command, err)
	}
	if late := answer.Trailer.Get(streamError); late != "" {
		return fmt.Errorf("ipfs: %s: %w", command, &rpcError{Message: late})
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("ipfs: %s: %w", command, err)
	}
	return nil
}

// stream is an answer read piece by piece. It fails where kubo only cuts off.
type stream struct {
	command string
	answer  *http.Response
}

// Read implements io.Reader.
func (s stream) Read(into []byte) (int, error) {
	n, err := s.answer.Body.Read(into)
	if errors.Is(err, io.EOF) {
		if late := s.answer.Trailer.Get(streamError); late != "" {
			err = fmt.Errorf("ipfs: %s: %w", s.command, &rpcError{Message: late})
		}
	}
	return n, err
}

// Close implements io.Closer.
func (s stream) Close() error { return s.answer.Body.Close() }

// sending is a content on its way to the node.
type sending struct {
	pipe   *io.PipeWriter
	part   io.Writer
	form   *multipart.Writer
	result chan sent
}

// sent is what became of it.
type sent struct {
	cid string
	err error
}

// add starts to send a content, which the node pins under a name.
func (n *node) add(ctx context.Context, pin string, modified time.Time) (*sending, error) {
	out, in := io.Pipe()
	form := multipart.NewWriter(in)
	s := &sending{pipe: in, form: form, result: make(chan sent, 1)}
	arguments := url.Values{
		"cid-version": {"1"}, "chunker": {"size-1048576"}, "pin": {"true"}, "pin-name": {pin},
		"mtime": {fmt.Sprint(modified.Unix())}, "mtime-nsecs": {fmt.Sprint(modified.Nanosecond())}, "progress": {"false"},
	}
	go func() {
		var added struct{ Hash string }
		answer, err := n.call(ctx, "add", arguments, form.FormDataContentType(), out)
		if err == nil {
			err = decode("add", answer, &added)
		}
		if err != nil {
			_ = out.CloseWithError(err) // so that the sender stops; never fails
		}
		s.result <- sent{added.Hash, err}
	}()
	part, err := form.CreateFormFile("file", "blob")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("ipfs: add: %w", err), s.abort())
	}
	s.part = part
	return s, nil
}

// finish ends the content and waits for its CID.
func (s *sending) finish() (string, error) {
	err := s.form.Close()
	_ = s.pipe.CloseWithError(err) // nil is the end of the content; never fails
	done := <-s.result
	if done.err != nil {
		return "", done.err
	}
	return done.cid, err
}

var errAborted = errors.New("ipfs: aborted")

// abort breaks the content off and waits until the node has let go of it.
func (s *sending) abort() error {
	_ = s.pipe.CloseWithError(errAborted) // never fails
	done := <-s.result
	if done.err == nil {
		return fmt.Errorf("ipfs: %s was kept in spite of being broken off", done.cid)
	}
	return nil
}

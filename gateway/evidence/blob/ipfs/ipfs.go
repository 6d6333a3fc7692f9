package ipfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"dengji/gateway/evidence/blob"
)

// Options say where a node is.
type Options struct {
	// Address of the RPC, such as http://127.0.0.1:5001. Required. The RPC gives
	// full control of the node: it must not be reachable by others.
	Address string
	// Authorization is the header that the node's API.Authorizations demand, if any.
	Authorization string
	// Root is the MFS folder of the blobs, such as /dengji/evidence. Required.
	Root string
}

// unfinished starts the names of the pins that hold a content until it is in MFS.
// The Unix time of its start follows.
const unfinished = "dengji-unfinished-"

// IPFS is a blob.Store on an IPFS node.
type IPFS struct {
	node *node
	root string
	// replacing keeps this process's readers out while a name stands for nothing.
	replacing sync.RWMutex
}

var _ blob.Store = (*IPFS)(nil)

// New uses an IPFS node. It does not ask it anything yet.
func New(options Options) (*IPFS, error) {
	node, err := newNode(options.Address, options.Authorization)
	if err != nil {
		return nil, err
	}
	if options.Root == "/" || path.Clean(options.Root) != options.Root || !path.IsAbs(options.Root) {
		return nil, fmt.Errorf("ipfs: %q is no folder of MFS", options.Root)
	}
	return &IPFS{node: node, root: options.Root}, nil
}

// Create implements blob.Store.
func (s *IPFS) Create(ctx context.Context, name string) (blob.Writer, error) {
	place, err := s.place(name)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	sending, err := s.node.add(ctx, unfinished+strconv.FormatInt(now.Unix(), 10), now)
	if err != nil {
		return nil, err
	}
	return &writer{store: s, place: place, sending: sending}, nil
}

// Open implements blob.Store.
func (s *IPFS) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, error) {
	place, err := s.place(name)
	if err != nil {
		return nil, err
	}
	s.replacing.RLock()
	defer s.replacing.RUnlock()
	answer, err := s.node.call(ctx, "files/read", url.Values{"arg": {place}, "offset": {strconv.FormatInt(offset, 10)}}, "", nil)
	if err != nil {
		return nil, found(name, err)
	}
	return stream{"files/read", answer}, nil
}

// status is kubo's answer to files/stat.
type status struct {
	Size       int64
	Type       string
	Mtime      int64
	MtimeNsecs int64
}

// Stat implements blob.Store.
func (s *IPFS) Stat(ctx context.Context, name string) (blob.Info, error) {
	place, err := s.place(name)
	if err != nil {
		return blob.Info{}, err
	}
	s.replacing.RLock()
	defer s.replacing.RUnlock()
	var is status
	if err := s.node.ask(ctx, "files/stat", url.Values{"arg": {place}}, &is); err != nil {
		return blob.Info{}, found(name, err)
	}
	if is.Type != "file" {
		return blob.Info{}, fmt.Errorf("ipfs: %s is a %s", name, is.Type)
	}
	return blob.Info{Name: name, Size: is.Size, Modified: time.Unix(is.Mtime, is.MtimeNsecs)}, nil
}

// Remove implements blob.Store. The node's garbage collection frees the space.
func (s *IPFS) Remove(ctx context.Context, name string) error {
	place, err := s.place(name)
	if err != nil {
		return err
	}
	if err := s.node.ask(ctx, "files/rm", url.Values{"arg": {place}}, nil); err != nil {
		if _, missing := s.Stat(ctx, name); errors.Is(missing, blob.ErrNotFound) {
			return nil
		}
		return err
	}
	return s.node.ask(ctx, "files/flush", url.Values{"arg": {path.Dir(place)}}, nil) // rm itself does not flush
}

// List implements blob.Store.
func (s *IPFS) List(ctx context.Context, prefix string, visit func(blob.Info) error) error {
	if err := blob.CheckPrefix(prefix); err != nil {
		return err
	}
	return s.list(ctx, strings.TrimSuffix(prefix, "/"), visit)
}

// listing is kubo's answer to files/ls.
type listing struct {
	Entries []struct {
		Name string
		Type int
	}
}

// folderType is that of a folder in a listing.
const folderType = 1

func (s *IPFS) list(ctx context.Context, folder string, visit func(blob.Info) error) error {
	var all listing
	arguments := url.Values{"arg": {path.Join(s.root, folder)}, "long": {"true"}, "U": {"true"}}
	err := s.node.ask(ctx, "files/ls", arguments, &all)
	if saysMissing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range all.Entries {
		name := folder + "/" + entry.Name
		if entry.Type == folderType {
			err = s.list(ctx, name, visit)
		} else {
			err = s.visit(ctx, name, visit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *IPFS) visit(ctx context.Context, name string, visit func(blob.Info) error) error {
	info, err := s.Stat(ctx, name)
	if errors.Is(err, blob.ErrNotFound) {
		return nil // removed meanwhile
	}
	if err != nil {
		return err
	}
	return visit(info)
}

// pins is kubo's answer to pin/ls.
type pins struct {
	Keys map[string]struct{ Name string }
}

// Sweep implements blob.Store: it unpins what a crash left between the end of its
// sending and its place in MFS. Contents whose sending was broken off the node
// collects by itself.
func (s *IPFS) Sweep(ctx context.Context, before time.Time) (int, error) {
	var left pins
	arguments := url.Values{"type": {"recursive"}, "names": {"true"}, "name": {unfinished}}
	if err := s.node.ask(ctx, "pin/ls", arguments, &left); err != nil {
		return 0, err
	}
	removed := 0
	for cid, pin := range left.Keys {
		started, err := strconv.ParseInt(strings.TrimPrefix(pin.Name, unfinished), 10, 64)
		if err != nil || !time.Unix(started, 0).Before(before) {
			continue
		}
		if err := s.unpin(ctx, cid); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}

func (s *IPFS) unpin(ctx context.Context, cid string) error {
	err := s.node.ask(ctx, "pin/rm", url.Values{"arg": {cid}}, nil)
	var answered *rpcError
	if errors.As(err, &answered) && strings.Contains(answered.Message, "not pinned") {
		return nil // another writer of the same content has unpinned it
	}
	return err
}

// Check implements blob.Store.
func (s *IPFS) Check(ctx context.Context) error {
	return s.node.ask(ctx, "files/stat", url.Values{"arg": {"/"}}, nil)
}

func (s *IPFS) place(name string) (string, error) {
	if err := blob.CheckName(name); err != nil {
		return "", err
	}
	return path.Join(s.root, name), nil
}

func found(name string, err error) error {
	if saysMissing(err) {
		return fmt.Errorf("%w: %s", blob.ErrNotFound, name)
	}
	return err
}

// writer sends one blob.
type writer struct {
	store   *IPFS
	place   string
	sending *sending
}

// Write implements blob.Writer.
func (w *writer) Write(content []byte) (int, error) { return w.sending.part.Write(content) }

// Commit implements blob.Writer.
func (w *writer) Commit(ctx context.Context) error {
	cid, err := w.sending.finish()
	if err != nil {
		return err
	}
	w.store.replacing.Lock()
	err = w.store.node.ask(ctx, "files/cp", url.Values{"arg": {"/ipfs/" + cid, w.place}, "parents": {"true"}, "force": {"true"}}, nil)
	w.store.replacing.Unlock()
	if err != nil {
		return err
	}
	return w.store.unpin(ctx, cid)
}

// Abort implements blob.Writer.
func (w *writer) Abort() error { return w.sending.abort() }

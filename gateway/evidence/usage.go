package evidence

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"dengji/chaincode/fault"
	"dengji/gateway/evidence/blob"
)

// usage knows what each owner holds. What it has listed once it keeps in memory, a
// number an owner: several processes on one store each see the others' uploads only
// after a restart, and may together go over a quota by that much.
type usage struct {
	blobs blob.Store
	quota int64

	mutex sync.Mutex
	bytes map[string]int64 // by owner folder
}

func newUsage(blobs blob.Store, quota int64) usage {
	return usage{blobs: blobs, quota: quota, bytes: map[string]int64{}}
}

// Usage gives the bytes that count against an owner's quota, and the quota.
func (s *Store) Usage(ctx context.Context, owner string) (used, quota int64, err error) {
	s.usage.mutex.Lock()
	defer s.usage.mutex.Unlock()
	used, err = s.usage.of(ctx, ownerFolder(owner))
	return used, s.usage.quota, err
}

// Holds reports whether an owner has put a file.
func (s *Store) Holds(ctx context.Context, owner string, object Object) (bool, error) {
	_, err := s.options.Blobs.Stat(ctx, ownerName(owner, object))
	return isThere(err)
}

// claim counts a file against its owner's quota before it is stored; release takes
// that back.
func (u *usage) claim(ctx context.Context, owner string, size int64) (release func(), err error) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	folder := ownerFolder(owner)
	used, err := u.of(ctx, folder)
	if err != nil {
		return nil, err
	}
	if used+size > u.quota {
		return nil, fault.New(fault.QuotaExceeded, fault.Value("quota", strconv.FormatInt(u.quota, 10)),
			fault.Value("used", strconv.FormatInt(used, 10)), fault.Value("size", strconv.FormatInt(size, 10)))
	}
	u.bytes[folder] = used + size
	return func() {
		u.mutex.Lock()
		defer u.mutex.Unlock()
		u.bytes[folder] -= size
	}, nil
}

// of needs the mutex.
func (u *usage) of(ctx context.Context, folder string) (int64, error) {
	if used, known := u.bytes[folder]; known {
		return used, nil
	}
	var used int64
	err := u.blobs.List(ctx, folder, func(info blob.Info) error {
		size, err := sizeOfName(info.Name)
		used += size
		return err
	})
	if err != nil {
		return 0, fault.New(fault.StoreUnavailable, fault.Cause(err))
	}
	u.bytes[folder] = used
	return used, nil
}

func ownerFolder(owner string) string {
	return ownerPrefix + blob.HideName(owner) + "/"
}

func ownerName(owner string, object Object) string {
	return ownerFolder(owner) + object.CID + "-" + strconv.FormatInt(object.Size, 10)
}

func sizeOfName(name string) (int64, error) {
	size, err := strconv.ParseInt(name[strings.LastIndexByte(name, '-')+1:], 10, 64)
	if err != nil || size < 0 {
		return 0, fmt.Errorf("evidence: %q is no owner's entry", name)
	}
	return size, nil
}

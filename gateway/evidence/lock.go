package evidence

import "sync"

// fileLocks serialise what changes a stored file, each file by itself.
type fileLocks struct {
	mutex sync.Mutex
	files map[string]*fileLock // by CID
}

type fileLock struct {
	sync.Mutex
	users int // that hold it or wait for it
}

// lock waits until nobody else changes a file and gives what ends that.
func (l *fileLocks) lock(cid string) (unlock func()) {
	l.mutex.Lock()
	file := l.files[cid]
	if file == nil {
		file = &fileLock{}
		l.files[cid] = file
	}
	file.users++
	l.mutex.Unlock()
	file.Lock()
	return func() {
		file.Unlock()
		l.mutex.Lock()
		defer l.mutex.Unlock()
		if file.users--; file.users == 0 {
			delete(l.files, cid)
		}
	}
}

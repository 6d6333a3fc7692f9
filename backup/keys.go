package backup

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"filippo.io/age"

	"dengji/gateway/evidence/durable"
)

// NewKey makes a pair of keys: the secret one in a new file for its owner alone, in
// the form of age-keygen, and gives the public one, for which snapshots are encrypted.
func NewKey(path string, now time.Time) (recipient string, err error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return "", fmt.Errorf("backup: key: %w", err)
	}
	recipient = identity.Recipient().String()
	text := fmt.Sprintf("# created: %s\n# public key: %s\n%s\n", now.UTC().Format(time.RFC3339), recipient, identity)
	return recipient, durable.CreateFile(path, []byte(text))
}

// ReadRecipients gives public keys: those of the arguments and those of the files, one
// a line.
func ReadRecipients(keys, files []string) ([]age.Recipient, error) {
	var found []age.Recipient
	for _, key := range keys {
		recipient, err := age.ParseX25519Recipient(key)
		if err != nil {
			return nil, fmt.Errorf("backup: recipient %q: %w", key, err)
		}
		found = append(found, recipient)
	}
	for _, path := range files {
		text, err := readKeyFile(path)
		if err != nil {
			return nil, err
		}
		more, err := age.ParseRecipients(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("backup: recipients of %s: %w", path, err)
		}
		found = append(found, more...)
	}
	if len(found) == 0 {
		return nil, errors.New("backup: nobody could read the snapshot: give --recipient or --recipients-file; dengji backup key makes a pair of keys")
	}
	return found, nil
}

// ReadIdentities gives the secret keys of files, which nobody but their owner may read.
func ReadIdentities(files []string) ([]age.Identity, error) {
	var found []age.Identity
	for _, path := range files {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("backup: %w", err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			return nil, fmt.Errorf("backup: %s can be read by others than its owner", path)
		}
		text, err := readKeyFile(path)
		if err != nil {
			return nil, err
		}
		more, err := age.ParseIdentities(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("backup: %s holds no secret keys of age", path) // the cause may quote one
		}
		found = append(found, more...)
	}
	return found, nil
}

// maxKeyFile bounds what is read of a file of keys, in bytes.
const maxKeyFile = 1 << 20

func readKeyFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxKeyFile))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	return text, nil
}

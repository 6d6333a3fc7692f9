package archive_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"dengji/backup/archive"
)

var taken = time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC)

func newIdentity(t testing.TB) *age.X25519Identity {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	return identity
}

func noise(size int) string {
	content := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(content)
	return string(content)
}

// contents are files that are empty, small, compressible, and larger than a segment of
// age and a block of Zstandard.
var contents = []struct{ name, content string }{
	{"home/empty", ""}, {"home/network/topology.json", `{"name":"x"}`}, {"home/zeros", strings.Repeat("\x00", 3<<20)}, {"home/档案", noise(300_000)},
}

func written(t testing.TB, recipients ...age.Recipient) (whole []byte, entries []archive.Entry) {
	t.Helper()
	var to bytes.Buffer
	writer, err := archive.NewWriter(&to, taken, recipients...)
	require.NoError(t, err)
	for _, file := range contents {
		entry, err := writer.Add(file.name, 0o640, int64(len(file.content)), strings.NewReader(file.content))
		require.NoError(t, err)
		entries = append(entries, entry)
	}
	require.NoError(t, writer.Close())
	return to.Bytes(), entries
}

func anySize(string) int64 { return 1 << 40 }

// read gives what an archive holds, as far as it can be read.
func read(t testing.TB, whole io.Reader, identity age.Identity) (found map[string]string, entries []archive.Entry, err error) {
	t.Helper()
	found = map[string]string{}
	err = archive.Read(t.Context(), whole, []age.Identity{identity}, anySize, func(entry archive.Entry, content io.Reader) (func(archive.Entry) error, error) {
		text, err := io.ReadAll(content)
		found[entry.Name] = string(text)
		return func(read archive.Entry) error {
			entries = append(entries, read)
			return nil
		}, err
	})
	return found, entries, err
}

func TestEveryRecipientReadsWhatWasWritten(t *testing.T) {
	one, two := newIdentity(t), newIdentity(t)
	whole, entries := written(t, one.Recipient(), two.Recipient())
	require.Less(t, len(whole), 400_000, "it is compressed")
	for _, identity := range []age.Identity{one, two} {
		found, read, err := read(t, bytes.NewReader(whole), identity)
		require.NoError(t, err)
		require.Equal(t, entries, read)
		for _, file := range contents {
			require.Equal(t, file.content, found[file.name])
		}
	}
}

func TestNothingStandsInAnArchiveInClear(t *testing.T) {
	whole, _ := written(t, newIdentity(t).Recipient())
	for _, file := range contents {
		require.NotContains(t, string(whole), file.name)
	}
	require.NotContains(t, string(whole), noise(300_000)[:64])
}

func TestWhoIsNoRecipientReadsNothing(t *testing.T) {
	whole, _ := written(t, newIdentity(t).Recipient())
	found, _, err := read(t, bytes.NewReader(whole), newIdentity(t))
	require.ErrorIs(t, err, archive.ErrKey)
	require.Empty(t, found)
}

func TestAnArchiveThatIsCutOffAnywhereIsDamaged(t *testing.T) {
	identity := newIdentity(t)
	whole, _ := written(t, identity.Recipient())
	for _, length := range []int{0, 1, 20, 150, 300, 65_000, 70_000, len(whole) / 2, len(whole) - 65_000, len(whole) - 20, len(whole) - 1} {
		_, _, err := read(t, bytes.NewReader(whole[:length]), identity)
		require.ErrorIs(t, err, archive.ErrDamaged, "cut off at %d of %d", length, len(whole))
	}
}

func TestAnArchiveWithOneBitChangedIsRefused(t *testing.T) {
	identity := newIdentity(t)
	whole, _ := written(t, identity.Recipient())
	places := rand.New(rand.NewPCG(1, 2))
	for at := range 400 { // every byte of the header, and others
		if at >= 250 {
			at = places.IntN(len(whole))
		}
		changed := bytes.Clone(whole)
		changed[at] ^= 1 << (at % 8)
		_, _, err := read(t, bytes.NewReader(changed), identity)
		require.True(t, errors.Is(err, archive.ErrDamaged) || errors.Is(err, archive.ErrKey), "byte %d: %v", at, err)
	}
}

func TestSomethingBehindAnArchiveIsDamage(t *testing.T) {
	identity := newIdentity(t)
	whole, _ := written(t, identity.Recipient())
	_, _, err := read(t, bytes.NewReader(append(bytes.Clone(whole), "more"...)), identity)
	require.ErrorIs(t, err, archive.ErrDamaged)
}

// forged is an archive as somebody makes it who has the public key and ill will.
func forged(t *testing.T, recipient age.Recipient, headers ...tar.Header) io.Reader {
	t.Helper()
	var to bytes.Buffer
	sealed, err := age.Encrypt(&to, recipient)
	require.NoError(t, err)
	compressed, err := zstd.NewWriter(sealed)
	require.NoError(t, err)
	files := tar.NewWriter(compressed)
	for _, header := range headers {
		require.NoError(t, files.WriteHeader(&header))
		if header.Size <= 10 {
			_, err = files.Write(make([]byte, header.Size))
			require.NoError(t, err)
		}
	}
	_ = files.Flush() // complains of a content that is announced and not there
	require.NoError(t, compressed.Close())
	require.NoError(t, sealed.Close())
	return &to
}

func TestForbiddenEntriesAreRefusedBeforeTheyAreVisited(t *testing.T) {
	file := func(name string) tar.Header {
		return tar.Header{Typeflag: tar.TypeReg, Name: name, Size: 1, Mode: 0o600}
	}
	cases := map[string][]tar.Header{
		"a name that leads up":               {file("home/../../etc/passwd")},
		"a name that begins by leading up":   {file("../x")},
		"a name from the root":               {file("/etc/passwd")},
		"a name that is not clean":           {file("home//x")},
		"a name of dots":                     {file("./home/x")},
		"a name with a backslash":            {file(`home\..\x`)},
		"a name that is too long":            {file(strings.Repeat("long/", 300) + "x")},
		"a symbolic link":                    {{Typeflag: tar.TypeSymlink, Name: "home/x", Linkname: "/etc"}},
		"a hard link":                        {{Typeflag: tar.TypeLink, Name: "home/x", Linkname: "home/y"}},
		"a folder":                           {{Typeflag: tar.TypeDir, Name: "home/x"}},
		"a device":                           {{Typeflag: tar.TypeChar, Name: "home/x"}},
		"a pipe":                             {{Typeflag: tar.TypeFifo, Name: "home/x"}},
		"the same name twice":                {file("home/x"), file("home/x")},
		"a file that is larger than allowed": {{Typeflag: tar.TypeReg, Name: "home/x", Size: 1 << 50, Mode: 0o600}},
	}
	for sentence, headers := range cases {
		t.Run(sentence, func(t *testing.T) {
			identity := newIdentity(t)
			found, _, err := read(t, forged(t, identity.Recipient(), headers...), identity)
			require.ErrorIs(t, err, archive.ErrForbidden)
			require.Len(t, found, len(headers)-1)
		})
	}
}

func TestAWriterRefusesWhatAReaderWould(t *testing.T) {
	writer, err := archive.NewWriter(io.Discard, taken, newIdentity(t).Recipient())
	require.NoError(t, err)
	_, err = writer.Add("../x", 0o600, 0, strings.NewReader(""))
	require.ErrorIs(t, err, archive.ErrForbidden)
	_, err = writer.Add("home/short", 0o600, 5, strings.NewReader("abc"))
	require.ErrorIs(t, err, io.EOF)
}

func TestAnErrorOfTheVisitorEndsTheReading(t *testing.T) {
	identity := newIdentity(t)
	whole, _ := written(t, identity.Recipient())
	visits := 0
	err := archive.Read(t.Context(), bytes.NewReader(whole), []age.Identity{identity}, anySize, func(archive.Entry, io.Reader) (func(archive.Entry) error, error) {
		visits++
		return nil, io.ErrShortWrite
	})
	require.ErrorIs(t, err, io.ErrShortWrite)
	require.Equal(t, 1, visits)
}

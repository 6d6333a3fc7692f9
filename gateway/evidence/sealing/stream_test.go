package sealing

import (
	"bytes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle/noncebased"
	othersm4 "github.com/tjfoc/gmsm/sm4"
	"pgregory.net/rapid"
)

// awkward sizes: none, one byte, around one segment and around several.
var awkward = []int{0, 1, SegmentSize - 1, SegmentSize, SegmentSize + 1, 3*SegmentSize - 1, 3 * SegmentSize, 3*SegmentSize + 17}

func testKey() DataKey { return bytes.Repeat([]byte{7}, KeySize) }

func testContent(size int) []byte {
	content := make([]byte, size)
	for i := range content {
		content[i] = byte(i*31 + i>>8)
	}
	return content
}

func seal(t testing.TB, content []byte) []byte {
	t.Helper()
	var sealed bytes.Buffer
	encrypter, err := NewEncrypter(testKey(), &sealed)
	require.NoError(t, err)
	_, err = encrypter.Write(content)
	require.NoError(t, err)
	require.NoError(t, encrypter.Close())
	return sealed.Bytes()
}

func from(sealed []byte) OpenAt {
	return func(offset int64) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(sealed[min(offset, int64(len(sealed))):])), nil
	}
}

func decrypter(t testing.TB, sealed []byte, size int) *Decrypter {
	t.Helper()
	reader, err := NewDecrypter(testKey(), int64(size), from(sealed))
	require.NoError(t, err)
	return reader
}

func TestContentsOfAwkwardSizesComeBack(t *testing.T) {
	for _, size := range awkward {
		content := testContent(size)
		sealed := seal(t, content)
		require.Equal(t, SealedSize(int64(size)), int64(len(sealed)))
		require.NoError(t, iotest.TestReader(decrypter(t, sealed, size), content), "size %d", size)
		slow, err := NewDecrypter(testKey(), int64(size), func(offset int64) (io.ReadCloser, error) {
			source, err := from(sealed)(offset)
			return io.NopCloser(iotest.DataErrReader(iotest.HalfReader(source))), err
		})
		require.NoError(t, err)
		got, err := io.ReadAll(slow)
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, got), "size %d", size)
	}
}

// The other implementation's SM4 in GCM, and Tink's reader of the construction.
func TestAnIndependentImplementationOpensTheStream(t *testing.T) {
	block, err := othersm4.NewCipher(testKey())
	require.NoError(t, err)
	aead, err := cipher.NewGCM(block)
	require.NoError(t, err)
	for _, size := range awkward {
		reader, err := noncebased.NewReader(noncebased.ReaderParams{
			R: bytes.NewReader(seal(t, testContent(size))), SegmentDecrypter: otherDecrypter{aead},
			NonceSize: nonceSize, NoncePrefix: make([]byte, noncePrefix), CiphertextSegmentSize: sealedSegment,
		})
		require.NoError(t, err)
		content, err := io.ReadAll(reader)
		require.NoError(t, err)
		require.True(t, bytes.Equal(testContent(size), content), "size %d", size)
	}
}

type otherDecrypter struct{ aead cipher.AEAD }

func (d otherDecrypter) DecryptSegment(segment, nonce []byte) ([]byte, error) {
	return d.aead.Open(nil, nonce, segment, nil)
}

// The example of RFC 8998, appendix A.1.
func TestSM4GCMGivesTheStandardsExample(t *testing.T) {
	decode := func(text string) []byte {
		content, err := hex.DecodeString(text)
		require.NoError(t, err)
		return content
	}
	aead, err := newAEAD(decode("0123456789abcdeffedcba9876543210"))
	require.NoError(t, err)
	sealed := aead.Seal(nil, decode("00001234567800000000abcd"),
		decode("aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"),
		decode("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
	require.Equal(t, "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"+
		"d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"+
		"83de3541e4c2b58177e065a9bf7b62ec", hex.EncodeToString(sealed))
}

func TestAnyRangeComesBack(t *testing.T) {
	content := testContent(3*SegmentSize + 17)
	reader := decrypter(t, seal(t, content), len(content))
	rapid.Check(t, func(r *rapid.T) {
		start := rapid.IntRange(0, len(content)).Draw(r, "start")
		length := rapid.IntRange(0, len(content)-start).Draw(r, "length")
		_, err := reader.Seek(int64(start), io.SeekStart)
		require.NoError(r, err)
		got := make([]byte, length)
		_, err = io.ReadFull(reader, got)
		require.NoError(r, err)
		require.True(r, bytes.Equal(content[start:start+length], got))
	})
}

func TestADamagedStreamGivesOnlyWhatStandsBeforeTheDamage(t *testing.T) {
	size := 2*SegmentSize + 100
	content := testContent(size)
	sealed := seal(t, content)
	second := sealed[sealedSegment : 2*sealedSegment]
	cases := map[string]struct {
		sealed []byte
		sound  int // bytes before the damage
	}{
		"a bit of the first segment":       {flip(sealed, 0), 0},
		"a bit of the second segment":      {flip(sealed, sealedSegment+5), SegmentSize},
		"a bit of a tag":                   {flip(sealed, 2*sealedSegment-1), SegmentSize},
		"a bit of the last byte":           {flip(sealed, len(sealed)-1), 2 * SegmentSize},
		"cut inside the last segment":      {sealed[:len(sealed)-1], 2 * SegmentSize},
		"cut at a segment's end":           {sealed[:2*sealedSegment], 2 * SegmentSize},
		"cut to nothing":                   {nil, 0},
		"the first two segments swapped":   {bytes.Join([][]byte{second, sealed[:sealedSegment], sealed[2*sealedSegment:]}, nil), 0},
		"the first segment in both places": {bytes.Join([][]byte{sealed[:sealedSegment], sealed[:sealedSegment], sealed[2*sealedSegment:]}, nil), SegmentSize},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := io.ReadAll(decrypter(t, c.sealed, size))
			require.ErrorIs(t, err, ErrDamaged)
			require.True(t, bytes.Equal(content[:c.sound], got), "%d bytes before the damage, not %d", c.sound, len(got))
		})
	}
}

func TestAStreamCutAtASegmentIsDamagedWhateverSizeIsClaimed(t *testing.T) {
	sealed := seal(t, testContent(2*SegmentSize))
	_, err := io.ReadAll(decrypter(t, sealed[:sealedSegment], SegmentSize))
	require.ErrorIs(t, err, ErrDamaged)
}

func TestADamagedEmptyContentIsDamaged(t *testing.T) {
	sealed := seal(t, nil)
	require.Len(t, sealed, tagSize)
	for i := range sealed {
		_, err := io.ReadAll(decrypter(t, flip(sealed, i), 0))
		require.ErrorIs(t, err, ErrDamaged)
	}
}

func TestAnotherKeyOpensNothing(t *testing.T) {
	sealed := seal(t, []byte("content"))
	reader, err := NewDecrypter(bytes.Repeat([]byte{8}, KeySize), 7, from(sealed))
	require.NoError(t, err)
	got, err := io.ReadAll(reader)
	require.ErrorIs(t, err, ErrDamaged)
	require.Empty(t, got)
}

func TestAFailingSourceIsNoDamageAndIsOpenedAnew(t *testing.T) {
	content := testContent(2 * SegmentSize)
	sealed := seal(t, content)
	cases := map[string]error{"a disk error": errors.New("disk error"), "a connection that breaks": io.ErrUnexpectedEOF}
	for name, broken := range cases {
		t.Run(name, func(t *testing.T) {
			failing := true
			reader, err := NewDecrypter(testKey(), int64(len(content)), func(offset int64) (io.ReadCloser, error) {
				if failing {
					return io.NopCloser(io.MultiReader(bytes.NewReader(sealed[:100]), iotest.ErrReader(broken))), nil
				}
				return from(sealed)(offset)
			})
			require.NoError(t, err)
			_, err = io.ReadAll(reader)
			require.ErrorIs(t, err, broken)
			require.NotErrorIs(t, err, ErrDamaged)

			failing = false
			got, err := io.ReadAll(reader)
			require.NoError(t, err)
			require.True(t, bytes.Equal(content, got))
		})
	}
}

func TestSeekingBeforeTheStartIsRefused(t *testing.T) {
	reader := decrypter(t, seal(t, []byte("abc")), 3)
	_, err := reader.Seek(-1, io.SeekStart)
	require.Error(t, err)
	_, err = reader.Seek(0, 9)
	require.Error(t, err)
	end, err := reader.Seek(5, io.SeekEnd)
	require.NoError(t, err)
	require.Equal(t, int64(8), end)
	_, err = reader.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
}

func TestKeysOfAWrongLengthAreRefused(t *testing.T) {
	_, err := NewEncrypter(make(DataKey, 32), io.Discard)
	require.Error(t, err)
	_, err = NewDecrypter(make(DataKey, 15), 0, nil)
	require.Error(t, err)
	_, err = NewDecrypter(testKey(), -1, nil)
	require.Error(t, err)
}

func flip(sealed []byte, at int) []byte {
	changed := bytes.Clone(sealed)
	changed[at] ^= 1
	return changed
}

func TestDerivedKeysDifferByKeyAndLabel(t *testing.T) {
	derive := func(key DataKey, label string) string {
		derived, err := key.Derive(label)
		require.NoError(t, err)
		require.Len(t, derived, KeySize)
		return string(derived)
	}
	other := bytes.Repeat([]byte{8}, KeySize)
	require.Equal(t, derive(testKey(), "a"), derive(testKey(), "a"))
	require.NotEqual(t, derive(testKey(), "a"), derive(testKey(), "b"))
	require.NotEqual(t, derive(testKey(), "a"), derive(other, "a"))
	require.NotEqual(t, string(testKey()), derive(testKey(), ""))
}

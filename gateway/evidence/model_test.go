package evidence

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/fault"
)

// model is what a store should hold, beside the store itself.
type model struct {
	fixture
	keys    []string
	files   map[string][]byte          // by CID
	damaged map[string]bool            // by CID
	owners  map[string]map[string]bool // CIDs by owner
}

func (m *model) reopen(t testing.TB) {
	m.Store = openStore(t, m.root, strings.Join(m.keys, " "))
}

func (m *model) put(t *rapid.T) {
	who := rapid.SampledFrom([]string{owner, other, "third"}).Draw(t, "owner")
	whole := content(rapid.SampledFrom([]int{0, 1, 17, 65_536, 65_537}).Draw(t, "size"))
	object, err := m.Put(t.Context(), Upload{Owner: who, Content: bytes.NewReader(whole)})
	require.NoError(t, err)
	m.files[object.CID] = whole
	delete(m.damaged, object.CID)
	if m.owners[who] == nil {
		m.owners[who] = map[string]bool{}
	}
	m.owners[who][object.CID] = true
}

// damage flips a bit of some file's content.
func (m *model) damage(t *rapid.T) {
	if len(m.files) == 0 {
		return
	}
	cid := rapid.SampledFrom(slices.Sorted(maps.Keys(m.files))).Draw(t, "file")
	h, _, err := m.loadHeader(t.Context(), cid)
	require.NoError(t, err)
	paths, err := filepath.Glob(filepath.Join(m.root, "data", "*", h.Blob))
	require.NoError(t, err)
	stored, err := os.ReadFile(paths[0])
	require.NoError(t, err)
	stored[rapid.IntRange(0, len(stored)-1).Draw(t, "at")] ^= 1
	require.NoError(t, os.WriteFile(paths[0], stored, 0o600))
	m.damaged[cid] = !m.damaged[cid] || !m.sound(t, cid) // a bit flipped back is no damage
}

func (m *model) sound(t *rapid.T, cid string) bool {
	return m.verify(t.Context(), cid) == nil
}

func (m *model) check(t *rapid.T) {
	for cid, whole := range m.files {
		content, err := m.Open(t.Context(), cid)
		require.NoError(t, err)
		var got bytes.Buffer
		_, err = got.ReadFrom(content)
		require.NoError(t, content.Close())
		if m.damaged[cid] {
			require.Equal(t, fault.EvidenceDamaged, fault.CodeOf(err))
			require.True(t, bytes.HasPrefix(whole, got.Bytes()))
			continue
		}
		require.NoError(t, err)
		require.True(t, bytes.Equal(whole, got.Bytes()))
	}
	for who, cids := range m.owners {
		var expected int64
		for cid := range cids {
			expected += int64(len(m.files[cid]))
		}
		used, _, err := m.Usage(t.Context(), who)
		require.NoError(t, err)
		require.Equal(t, expected, used)
	}
}

func TestAStoreDoesAsItsModelWhateverHappensToIt(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := &model{fixture: fixture{root: filepath.Join(t.TempDir(), "evidence")}, keys: []string{keyA},
			files: map[string][]byte{}, damaged: map[string]bool{}, owners: map[string]map[string]bool{}}
		m.reopen(t)
		r.Repeat(map[string]func(*rapid.T){
			"put":     m.put,
			"damage":  m.damage,
			"restart": func(*rapid.T) { m.reopen(t) },
			"rotate": func(r *rapid.T) {
				m.keys = append(m.keys, fmt.Sprintf("%032x", len(m.keys)))
				m.reopen(t)
				_, err := m.Rotate(r.Context())
				require.NoError(r, err)
				m.keys = m.keys[len(m.keys)-1:] // the older ones retire
				m.reopen(t)
			},
			"sweep": func(r *rapid.T) {
				summary, err := m.Sweep(r.Context(), time.Now().Add(time.Hour))
				require.NoError(r, err)
				require.Equal(r, SweepSummary{}, summary, "nothing was left behind")
			},
			"": m.check,
		})
	})
}

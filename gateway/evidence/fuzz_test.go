package evidence

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/gateway/evidence/contentid"
	"dengji/gateway/evidence/sealing"
)

func exampleHeader() header {
	return header{
		Schema: headerSchema, Form: sealing.StreamForm, Blob: "abcdefghijklmnopqrstuvwxyz", Key: "sm4-gcm-v1.0.x",
		Object: Object{MediaType: "text/csv", ContentID: contentid.ContentID{
			CID:  "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
			SM3:  "sm3:1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b",
			Size: 0,
		}},
	}
}

// Whatever the parser takes, it gives back byte by byte: no two forms of a header
// mean the same, and nothing in one is overlooked.
func FuzzParseHeader(f *testing.F) {
	example, err := exampleHeader().format()
	require.NoError(f, err)
	f.Add(example)
	f.Add(append(bytes.Clone(example), ' '))
	f.Add([]byte(`{"schema":1}`))
	f.Add([]byte(`null`))
	f.Add(bytes.Replace(example, []byte(`"size":0`), []byte(`"size":9007199254740993`), 1))
	f.Add(bytes.Replace(example, []byte(`"blob":`), []byte(`"Blob":`), 1))
	f.Fuzz(func(t *testing.T, content []byte) {
		h, err := parseHeader(content)
		if err != nil {
			require.ErrorIs(t, err, errHeader)
			require.Zero(t, h)
			return
		}
		again, err := h.format()
		require.NoError(t, err)
		require.Equal(t, string(content), string(again))
		require.True(t, contentid.IsCID(h.Object.CID))
	})
}

func TestHeadersOfAnotherFormAreRefused(t *testing.T) {
	cases := map[string]func(*header){
		"a later schema":                    func(h *header) { h.Schema = 2 },
		"another form of sealing":           func(h *header) { h.Form = "aes-gcm-stream-v1" },
		"a content without a CID":           func(h *header) { h.Object.CID = "" },
		"a digest of another algorithm":     func(h *header) { h.Object.SM3 = "sha256:00" },
		"a negative size":                   func(h *header) { h.Object.Size = -1 },
		"an endless media type":             func(h *header) { h.Object.MediaType = string(bytes.Repeat([]byte{'a'}, maxMediaType+1)) },
		"a blob name that leaves its place": func(h *header) { h.Blob = "../../../../../../etc/pass" },
		"a header over the limit":           func(h *header) { h.Key = string(bytes.Repeat([]byte{'a'}, maxHeader)) },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			h := exampleHeader()
			sound, err := h.format()
			require.NoError(t, err)
			_, err = parseHeader(sound)
			require.NoError(t, err)

			change(&h)
			content, err := h.format()
			require.NoError(t, err)
			_, err = parseHeader(content)
			require.ErrorIs(t, err, errHeader)
		})
	}
}

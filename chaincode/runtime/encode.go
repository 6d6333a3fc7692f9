package runtime

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
)

// encode gives a record's or answer's bytes. Field order and sorted map keys make
// them equal on every endorser. A nil slice at the top is written as [].
func encode(value any) ([]byte, error) {
	if v := reflect.ValueOf(value); v.Kind() == reflect.Slice && v.IsNil() {
		return []byte("[]"), nil
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encode %T: %w", value, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

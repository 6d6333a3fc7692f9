package node

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// loggingFormat leaves out colours, which make log files hard to read and search.
const loggingFormat = "FABRIC_LOGGING_FORMAT=%{time:2006-01-02T15:04:05.000Z07:00} %{level:.4s} [%{module}] %{message}"

// Settings maps dotted paths of a stock file to their values.
type Settings map[string]any

// Apply gives the stock file with the settings changed.
func Apply(stock []byte, settings Settings) ([]byte, error) {
	var tree map[string]any
	if err := yaml.Unmarshal(stock, &tree); err != nil {
		return nil, fmt.Errorf("node: stock configuration: %w", err)
	}
	for path, value := range settings {
		if err := set(tree, path, value); err != nil {
			return nil, err
		}
	}
	content, err := yaml.Marshal(tree)
	if err != nil {
		return nil, fmt.Errorf("node: %w", err)
	}
	return content, nil
}

func set(tree map[string]any, path string, value any) error {
	keys := strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		branch, ok := tree[key].(map[string]any)
		if !ok {
			return fmt.Errorf("node: the stock configuration has no section %q of %s", key, path)
		}
		tree = branch
	}
	last := keys[len(keys)-1]
	if _, ok := tree[last]; !ok {
		return fmt.Errorf("node: the stock configuration has no setting %s", path)
	}
	tree[last] = value
	return nil
}

package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// named finds commands of dengji in the text and in the blocks of a document.
var named = regexp.MustCompile("(?m)(?:`|^ *)dengji ([a-z][^`\n]*)")

func TestEveryCommandOfTheRunbookExists(t *testing.T) {
	content, err := os.ReadFile("../../docs/runbook.md")
	require.NoError(t, err)
	commands := named.FindAllStringSubmatch(string(content), -1)
	require.Greater(t, len(commands), 20)
	for _, match := range commands {
		line, _, _ := strings.Cut(match[1], " >")
		command, rest, err := root().Find(strings.Fields(line))
		require.NoError(t, err, line)
		require.True(t, command.Runnable(), line)
		require.NoError(t, command.ParseFlags(rest), line)
		require.NoError(t, command.ValidateArgs(command.Flags().Args()), line)
	}
}

package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// chapter is a part of the story that can be told alone.
type chapter struct {
	name string
	tell func(*Story, context.Context) error
}

// chapters stand in the order in which they are told: the clock only goes forward,
// so that those which pass years come last.
var chapters = []chapter{
	{"registration", (*Story).registrationAndSlip},
	{"deficiency", (*Story).deficiency},
	{"objection-upheld", (*Story).objectionUpheld},
	{"objection-dismissed", (*Story).objectionDismissed},
	{"change", (*Story).change},
	{"correction", (*Story).correction},
	{"revocation", (*Story).revocation},
	{"rule-packs", (*Story).rulePacks},
	{"renewal", (*Story).renewal},
	{"expiry", (*Story).expiry},
	{"history", (*Story).history},
	{"evaluation", (*Story).evaluation},
}

// Chapters lists the names that Tell takes, in the order of the story.
func Chapters() []string {
	names := make([]string, len(chapters))
	for i, each := range chapters {
		names[i] = each.name
	}
	return names
}

// Tell presents the parties, puts the catalogues on chain and tells the named
// chapters, all where none is named, in the order of the story. A chapter prepares
// what it needs of an earlier one that is not told. The first that goes wrong ends
// the story.
func (s *Story) Tell(ctx context.Context, names ...string) error {
	for _, name := range names {
		if !slices.Contains(Chapters(), name) {
			return fmt.Errorf("demo: no chapter %q: there are %s", name, strings.Join(Chapters(), ", "))
		}
	}
	told := []chapter{{"parties", (*Story).parties}, {"catalogue", (*Story).Catalogue}}
	for _, each := range chapters {
		if len(names) == 0 || slices.Contains(names, each.name) {
			told = append(told, each)
		}
	}
	for _, each := range told {
		if err := each.tell(s, ctx); err != nil {
			return fmt.Errorf("demo: %s: %w", each.name, err)
		}
	}
	return nil
}

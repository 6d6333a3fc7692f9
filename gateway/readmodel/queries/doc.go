// Package queries asks the read model what pages and lists need: typed answers,
// bounded pages that go on from a key instead of counting rows, one prepared
// statement for each shape of question. It checks no access: whoever asks says
// whose cases, and answers for the right to see them. What it says may be some
// blocks old, and decides nothing.
package queries

// Package largetest fills a read model with more than tests have patience for: its
// benchmarks, and those of the pages, ask how speed holds at size.
package largetest

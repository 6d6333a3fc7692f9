// Package durabletest holds file systems that fail: at a chosen call, by the
// process's death at a chosen call, and by a power cut that keeps only what was
// synced.
package durabletest

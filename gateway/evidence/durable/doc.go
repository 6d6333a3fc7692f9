// Package durable writes files so that a crash leaves the old content or the new,
// never a part of either, and so that what was acknowledged survives a power cut:
// a temporary file, fsync, rename, fsync of the folder.
package durable

// Package resumable takes long files over connections that break, by the tus
// protocol (version 1.0, tus.io). What has arrived is sealed at rest like stored
// evidence, survives a restart, and belongs to its owner alone until it is whole
// and handed on.
package resumable

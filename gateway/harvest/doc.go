// Package harvest answers machines that read the public catalogue: Atom feeds, a
// site map, and a DCAT export. All of it comes from the read model, page by page,
// with bounded memory, and can be kept by whoever asks until the next block.
package harvest

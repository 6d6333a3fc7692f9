// Package folder keeps blobs as files of a folder, for their owner alone. A blob
// named heads/abc is the file heads/<two digits of its hash>/abc, so that no folder
// grows to millions of entries; unfinished ones are under unfinished/.
package folder

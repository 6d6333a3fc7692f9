// Package node renders the configuration of peers and orderers: Fabric's stock
// files, read from the pinned release, with the settings that this network
// changes. A setting that the stock file does not know is an error, so that an
// update of Fabric cannot silently drop one.
package node

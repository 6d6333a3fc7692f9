// Command pack writes fabric.txtar, the packed form of the module network/fabric.
package main

import (
	"log"
	"os"

	"dengji/network/toolchain/packing"
)

func main() {
	archive, err := packing.Pack("../fabric")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("fabric.txtar", archive, 0o644); err != nil {
		log.Fatal(err)
	}
}

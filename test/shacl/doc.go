// Package shacl judges public catalogues by the shapes of DCAT-AP 3 with the engine
// rdf-validate-shacl, which Node runs. It is part of tests alone.
package shacl

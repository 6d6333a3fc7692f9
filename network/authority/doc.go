// Package authority runs the certificate authorities of the organisations
// (Fabric CA) and obtains identities from them: nodes, admins, and accounts whose
// certificates carry the attributes role, uscc, division and name. Every
// organisation has two authorities, one for identities and one for TLS, so that
// who may sign transactions can never pose as a node.
package authority

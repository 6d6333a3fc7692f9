// Package federation has people log in at the city's unified login by OpenID Connect
// (authorization code flow with PKCE, RFC 7636). It learns who somebody is there; to
// which account that belongs is package account's to say. Nothing of a login under
// way is kept here: it travels with the visitor, sealed.
package federation

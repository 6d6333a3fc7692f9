// Package slip makes confirmation slips (登记确认单, Art. 24): the signed document
// from a registration, and the printable PDF from the signed document. Equal
// registrations give equal documents and equal sheets, so that an issuance that
// was interrupted can be repeated.
package slip

/**
 * From a request to a certificate: {@link io.hypermesh.trustchain.issuance.Pkcs10} reads requests,
 * {@link io.hypermesh.trustchain.issuance.NamePolicy} judges names, {@link
 * io.hypermesh.trustchain.issuance.CertificateTemplate} lays out what will be signed, {@link
 * io.hypermesh.trustchain.issuance.PreIssuanceLint} checks it by RFC 5280 before any key is used,
 * {@link io.hypermesh.trustchain.issuance.Issuer} signs, and {@link
 * io.hypermesh.trustchain.issuance.IssuanceStore} keeps what was issued.
 */
package io.hypermesh.trustchain.issuance;

/**
 * The outermost look at bytes that a peer sent: {@link io.hypermesh.trustchain.asn1.DerStructure}
 * bounds their size and nesting before any parser sees them, and {@link
 * io.hypermesh.trustchain.asn1.Pem} reads and writes RFC 7468 text.
 */
package io.hypermesh.trustchain.asn1;

/**
 * TrustChain: a certificate authority that records every certificate in a transparency log before
 * it hands it out, strict validation, and key managers whose certificate can be replaced while they
 * serve.
 *
 * <p>Start at {@link io.hypermesh.trustchain.CertificateAuthority} to issue, at {@link
 * io.hypermesh.trustchain.CertificateValidator} to validate, at {@link
 * io.hypermesh.trustchain.CertificateRotator} to renew, and at {@link
 * io.hypermesh.trustchain.TransparencyLog} for the log alone. Everything here works with any {@link
 * javax.net.ssl.SSLContext}; nothing here opens a socket.
 */
package io.hypermesh.trustchain;

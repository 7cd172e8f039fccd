/**
 * Keys and signatures: {@link io.hypermesh.trustchain.signature.SigningKey} signs, {@link
 * io.hypermesh.trustchain.signature.SignatureVerifier} verifies, {@link
 * io.hypermesh.trustchain.signature.KeyPairs} generates and converts.
 *
 * <p>EC and EdDSA go through BouncyCastle's lightweight API, which is several times faster than the
 * platform's providers there; RSA, and keys that never leave a token, go through the platform.
 */
package io.hypermesh.trustchain.signature;

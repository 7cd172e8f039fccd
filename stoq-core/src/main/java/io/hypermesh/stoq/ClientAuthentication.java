package io.hypermesh.stoq;

/** Whether a server asks its clients for a certificate (RFC 8446, 4.3.2). */
public enum ClientAuthentication {
  /** A client without a certificate that the trust manager accepts is refused. The default. */
  REQUIRED,
  /** A client may stay anonymous; a certificate that it does show has to be accepted. */
  WANTED,
  /** Clients aren't asked. */
  NONE
}

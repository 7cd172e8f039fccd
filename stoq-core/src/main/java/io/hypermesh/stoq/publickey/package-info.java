/**
 * Public-key cryptography by OpenSSL's libcrypto, where the system has it: what handshakes spend
 * most of their time on, several times faster than in Java. Optional; {@link
 * io.hypermesh.stoq.foreign.Libcrypto#unavailableBecause()} is where to start.
 */
package io.hypermesh.stoq.publickey;

/**
 * What all that calls native code shares: whether it may ({@link
 * io.hypermesh.stoq.foreign.NativeAccess}), and OpenSSL's libcrypto, which packets and keys use
 * ({@link io.hypermesh.stoq.foreign.Libcrypto}).
 */
package io.hypermesh.stoq.foreign;

/**
 * Packet protection: secrets to keys, AEAD and header protection (RFC 9001, 5 and 6).
 *
 * <p>Start with {@link io.hypermesh.stoq.protection.PacketProtection}, one direction's keys of one
 * level.
 */
package io.hypermesh.stoq.protection;

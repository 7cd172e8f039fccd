/** Packet protection: secrets to keys, AEAD and header protection (RFC 9001, 5 and 6). */
package io.hypermesh.stoq.protection;

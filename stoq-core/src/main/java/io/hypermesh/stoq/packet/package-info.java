/** Packets and frames on the wire (RFC 9000, 12 to 19), and the errors that a peer can cause. */
package io.hypermesh.stoq.packet;

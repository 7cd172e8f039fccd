/**
 * Acknowledgements, loss detection and congestion control (RFC 9000, 13; RFC 9002), for one path.
 *
 * <p>Start with {@link io.hypermesh.stoq.recovery.Recovery}, the sender's side; {@link
 * io.hypermesh.stoq.recovery.ReceivedPackets} is the receiver's. Nothing here reads a clock: every
 * method that needs the time is told it.
 */
package io.hypermesh.stoq.recovery;

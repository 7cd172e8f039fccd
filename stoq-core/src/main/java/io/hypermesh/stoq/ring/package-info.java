/**
 * A ring of whole messages between one producer and one consumer, over any memory that both see:
 * heap, native, or a file that two processes have mapped. {@link io.hypermesh.stoq.ring.RingLayout}
 * says what lies where, {@link io.hypermesh.stoq.ring.RingProducer} and {@link
 * io.hypermesh.stoq.ring.RingConsumer} are the two ends. Neither trusts what the other writes.
 */
package io.hypermesh.stoq.ring;
